// Aim: the queue is bounded in records and bytes, keeps order, and never holds a thread past a stop
// or a close.

#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace inlet {
namespace {

using Queue = BoundedQueue<int>;

TEST(BoundedQueue, GivesElementsInOrder) {
  Queue queue({10, 10});
  queue.push(1, {1, 1}, {});
  queue.push(2, {1, 1}, {});

  EXPECT_EQ(queue.pop({}), 1);
  EXPECT_EQ(queue.pop({}), 2);
  EXPECT_EQ(queue.used().records, 0U);
}

TEST(BoundedQueue, FullQueueHoldsTheProducerUntilThereIsRoom) {
  Queue queue({2, 100});
  queue.push(1, {2, 1}, {});
  std::jthread producer([&] { queue.push(2, {1, 1}, {}); });

  EXPECT_EQ(queue.pop({}), 1);
  EXPECT_EQ(queue.pop({}), 2);
}

TEST(BoundedQueue, ElementHeavierThanTheBoundPassesWhenTheQueueIsEmpty) {
  Queue queue({1, 10});

  EXPECT_TRUE(queue.push(1, {1, 1000}, {}));
  EXPECT_EQ(queue.used().bytes, 1000U);
}

TEST(BoundedQueue, StopFreesABlockedProducer) {
  Queue queue({1, 1});
  queue.push(1, {1, 1}, {});
  std::stop_source stop;
  bool pushed = true;
  std::thread producer([&] { pushed = queue.push(2, {1, 1}, stop.get_token()); });
  stop.request_stop();
  producer.join();

  EXPECT_FALSE(pushed);
}

TEST(BoundedQueue, CloseRefusesProducersAndDrainsConsumers) {
  Queue queue({10, 10});
  queue.push(1, {1, 1}, {});
  queue.close();

  EXPECT_FALSE(queue.push(2, {1, 1}, {}));
  EXPECT_EQ(queue.pop({}), 1);
  EXPECT_EQ(queue.pop({}), std::nullopt);
}

TEST(BoundedQueue, PopEndsAtItsDeadline) {
  Queue queue({1, 1});

  EXPECT_EQ(queue.pop_until(std::chrono::steady_clock::now(), {}), std::nullopt);
}

}  // namespace
}  // namespace inlet
