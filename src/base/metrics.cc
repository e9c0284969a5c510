#include "base/metrics.h"

#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

#include "base/assert.h"

namespace inlet {
namespace {

using Type = MetricEntry::Type;

prometheus::MetricType family_type(Type type) {
  switch (type) {
    case Type::kCounter:
      return prometheus::MetricType::Counter;
    case Type::kGauge:
      return prometheus::MetricType::Gauge;
    case Type::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  INLET_UNREACHABLE();
}

}  // namespace

struct MetricsRegistry::State {
  /// The values of one metric by their labels; in order, so that two scrapes compare line by line.
  struct Series {
    std::map<Labels, double> values;
    std::map<Labels, prometheus::Histogram> histograms;
  };

  Series& series(Metric metric, const Labels& labels) {
    const auto index = static_cast<size_t>(metric);
    INLET_ASSERT(labels.size() == metric_table()[index].labels.size());
    return all[index];
  }

  mutable std::mutex mutex;
  std::vector<Series> all{metric_table().size()};  // Guarded by mutex.
};

MetricsRegistry::MetricsRegistry() : state_(std::make_unique<State>()) {}

MetricsRegistry::~MetricsRegistry() = default;

void MetricsRegistry::set(Metric metric, double value, const Labels& labels) {
  std::scoped_lock lock(state_->mutex);
  state_->series(metric, labels).values[labels] = value;
}

void MetricsRegistry::add(Metric metric, double delta, const Labels& labels) {
  std::scoped_lock lock(state_->mutex);
  state_->series(metric, labels).values[labels] += delta;
}

void MetricsRegistry::observe(Metric metric, double value, const Labels& labels) {
  const MetricEntry& entry = metric_table()[static_cast<size_t>(metric)];
  INLET_ASSERT(entry.type == Type::kHistogram);
  std::scoped_lock lock(state_->mutex);
  auto& histograms = state_->series(metric, labels).histograms;
  histograms.try_emplace(labels, entry.buckets).first->second.Observe(value);
}

void MetricsRegistry::clear(Metric metric) {
  std::scoped_lock lock(state_->mutex);
  State::Series& series = state_->all[static_cast<size_t>(metric)];
  series.values.clear();
  series.histograms.clear();
}

std::string MetricsRegistry::text() const {
  std::vector<prometheus::MetricFamily> families;
  std::scoped_lock lock(state_->mutex);
  for (const MetricEntry& entry : metric_table()) {
    const State::Series& series = state_->all[static_cast<size_t>(entry.metric)];
    prometheus::MetricFamily family{
        std::string(entry.name), std::string(entry.help), family_type(entry.type), {}};
    const auto append = [&](const Labels& labels, prometheus::ClientMetric metric) {
      for (size_t i = 0; i < labels.size(); ++i) {
        metric.label.push_back({std::string(entry.labels[i]), labels[i]});
      }
      family.metric.push_back(std::move(metric));
    };
    for (const auto& [labels, value] : series.values) {
      prometheus::ClientMetric metric;
      // The serializer reads the member of the family's type.
      metric.gauge.value = value;
      metric.counter.value = value;
      append(labels, std::move(metric));
    }
    for (const auto& [labels, histogram] : series.histograms) append(labels, histogram.Collect());
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace inlet
