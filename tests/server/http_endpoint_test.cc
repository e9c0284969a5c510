// Aim: a scraper and an orchestrator get their answers, and the endpoint never outlives its owner.
#include "server/http_endpoint.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>

namespace inlet {
namespace {

HttpEndpoint::Callbacks answers(bool alive = true, bool ready = true) {
  return {.metrics = [] { return std::string("inlet_epoch 3\n"); },
          .alive =
              [alive] {
                return HttpEndpoint::Answer{alive, "alive"};
              },
          .ready =
              [ready] {
                return HttpEndpoint::Answer{ready, "no checkpoint yet"};
              }};
}

std::unique_ptr<HttpEndpoint> open(HttpEndpoint::Callbacks callbacks,
                                   std::string_view address = "127.0.0.1:0") {
  Result<std::unique_ptr<HttpEndpoint>> out = HttpEndpoint::open(address, std::move(callbacks));
  EXPECT_TRUE(out.is_ok()) << out.status().to_string();
  return std::move(out).value();
}

TEST(HttpEndpoint, MetricsComeInPrometheusTextFormat) {
  const auto endpoint = open(answers());

  const httplib::Result got = httplib::Client(endpoint->url()).Get("/metrics");

  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "inlet_epoch 3\n");
  EXPECT_EQ(got->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST(HttpEndpoint, HealthIs200WhenWellAnd503WithTheReasonWhenNot) {
  const auto endpoint = open(answers(true, false));
  httplib::Client client(endpoint->url());

  const httplib::Result alive = client.Get("/healthz");
  const httplib::Result ready = client.Get("/readyz");

  ASSERT_TRUE(alive && ready);
  EXPECT_EQ(alive->status, 200);
  EXPECT_EQ(alive->body, "alive\n");
  EXPECT_EQ(ready->status, 503);
  EXPECT_EQ(ready->body, "no checkpoint yet\n");
}

TEST(HttpEndpoint, OtherPathsAre404AndNameTheRightOnes) {
  const auto endpoint = open(answers());

  const httplib::Result got = httplib::Client(endpoint->url()).Get("/");

  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404);
  EXPECT_NE(got->body.find("/metrics"), std::string::npos);
}

TEST(HttpEndpoint, TakenPortIsAnErrorWithAHint) {
  const auto first = open(answers());

  const auto second = HttpEndpoint::open("127.0.0.1:" + std::to_string(first->port()), answers());

  ASSERT_FALSE(second.is_ok());
  EXPECT_EQ(second.error().code(), Code::kUnavailable);
  EXPECT_NE(second.error().to_string().find("another program listens there"), std::string::npos)
      << second.error().to_string();
}

TEST(HttpEndpoint, PortIsFreeAgainAfterTheEnd) {
  auto first = open(answers());
  const std::string address = "127.0.0.1:" + std::to_string(first->port());
  ASSERT_TRUE(httplib::Client(first->url()).Get("/healthz"));
  first.reset();

  EXPECT_TRUE(httplib::Client(open(answers(), address)->url()).Get("/healthz"));
}

TEST(HttpEndpoint, StopRightAfterTheStartIsClean) {
  for (int i = 0; i < 20; ++i) open(answers());
}

TEST(HttpEndpoint, StopDoesNotWaitForAClientThatSaysNothing) {
  auto endpoint = open(answers());
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(endpoint->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);

  const auto began = std::chrono::steady_clock::now();
  endpoint.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
  ::close(socket);
}

TEST(HttpEndpoint, HostIsLoopbackUnlessSaid) {
  EXPECT_TRUE(open(answers(), "0")->url().starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(open(answers(), ":0")->url().starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(open(answers(), "0.0.0.0:0")->url().starts_with("http://0.0.0.0:"));
}

TEST(HttpEndpoint, WhatIsNoAddressIsRefused) {
  for (const char* text : {"", "host", "localhost:", "localhost:http", "localhost:70000",
                           "localhost:-1", "::1:80", "1:2:3"}) {
    const auto endpoint = HttpEndpoint::open(text, answers());
    ASSERT_FALSE(endpoint.is_ok()) << text;
    EXPECT_EQ(endpoint.error().code(), Code::kInvalidArgument) << text;
  }
}

TEST(HttpEndpoint, AddressOfAnotherMachineCannotBeBound) {
  const auto endpoint = HttpEndpoint::open("192.0.2.1:0", answers());  // Reserved for documents.

  ASSERT_FALSE(endpoint.is_ok());
  EXPECT_EQ(endpoint.error().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace inlet
