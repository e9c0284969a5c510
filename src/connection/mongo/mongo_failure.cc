#include "connection/mongo/mongo_failure.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/assert.h"

namespace inlet {
namespace {

constexpr std::string_view kCodeField = "server_code";
constexpr std::string_view kUnknownField = "unknown_error";
constexpr size_t kCauseLengthMax = 240;

template <size_t N>
bool contains(const std::array<int, N>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Elections, restarts, broken hosts, killed cursors, moved chunks: they pass, whatever the label
/// says.
constexpr std::array kPassing = {
    6,      // HostUnreachable
    7,      // HostNotFound
    24,     // LockTimeout
    43,     // CursorNotFound
    50,     // MaxTimeMSExpired
    63,     // StaleShardVersion
    64,     // WriteConcernFailed
    89,     // NetworkTimeout
    91,     // ShutdownInProgress
    112,    // WriteConflict
    133,    // FailedToSatisfyReadPreference
    134,    // ReadConcernMajorityNotAvailableYet
    150,    // StaleEpoch
    175,    // QueryPlanKilled: also a look-up of the server that met a drop
    189,    // PrimarySteppedDown
    202,    // NetworkInterfaceExceededTimeLimit
    222,    // CloseChangeStream
    234,    // RetryChangeStream
    237,    // CursorKilled
    246,    // SnapshotUnavailable
    262,    // ExceededTimeLimit
    290,    // TransactionExceededLifetimeLimitSeconds
    317,    // ConnectionPoolExpired
    358,    // InternalTransactionNotSupported
    384,    // ConnectionError
    9001,   // SocketException
    10058,  // LegacyNotPrimary
    10107,  // NotWritablePrimary
    11600,  // InterruptedAtShutdown
    11601,  // Interrupted
    11602,  // InterruptedDueToReplStateChange
    13388,  // StaleConfig
    13435,  // NotPrimaryNoSecondaryOk
    13436,  // NotPrimaryOrSecondary
};

/// The definition is at fault: filter, pipeline, option, or a command that this server lacks.
constexpr std::array kDefinition = {
    2,    // BadValue
    4,    // NoSuchKey
    9,    // FailedToParse
    14,   // TypeMismatch
    20,   // IllegalOperation
    40,   // ConflictingUpdateOperators
    51,   // UnknownError of regular expressions
    52,   // DollarPrefixedFieldName
    59,   // CommandNotFound
    72,   // InvalidOptions
    73,   // InvalidNamespace
    115,  // CommandNotSupported
    148,  // ReadConcernMajorityNotEnabled
    166,  // CommandNotSupportedOnView
    167,  // OptionNotSupportedOnView
    168,  // InvalidPipelineOperator
    224,  // QueryFeatureNotAllowed
    241,  // ConversionFailure
    323,  // APIStrictError
};

constexpr std::array kHistoryLost = {
    server_code::kCappedPositionLost,
    server_code::kInvalidResumeToken,
    server_code::kChangeStreamFatal,
    server_code::kChangeStreamHistoryLost,
};

constexpr std::array kTooLarge = {
    server_code::kObjectTooLarge,
    17280,  // KeyTooLong: the resume token's own limit
    17419,
    17420,
};

constexpr std::array kNotAuthenticated = {
    11,  // UserNotFound
    server_code::kAuthenticationFailed,
    8000,  // AtlasError: what Atlas says to a wrong password
};

struct Verdict {
  Code code = Code::kUnavailable;
  std::string_view text;
  std::string_view hint;
  bool unknown = false;
};

/// What the server says, without the command that it repeats: its values are nobody's business.
std::string cause_of(const MongoFailure& failure) {
  constexpr std::string_view kCommand = " to execute command { ";
  std::string cause = failure.message;
  if (const size_t at = cause.find(kCommand); at != std::string::npos) {
    const size_t name = at + kCommand.size();
    const std::string command = cause.substr(name, cause.find(':', name) - name);
    cause = cause.substr(0, name - 2) + command;
  }
  if (cause.size() <= kCauseLengthMax) return cause;
  return cause.substr(0, kCauseLengthMax) + "…";
}

constexpr std::string_view kPasswordHint =
    "check user, password and authSource of the connection string";

Verdict verdict_of_server(const MongoFailure& failure) {
  const int code = failure.code;
  if (contains(kNotAuthenticated, code))
    return {Code::kPermissionDenied, "MongoDB refused the login", kPasswordHint};
  if (code == server_code::kUnauthorized) {
    return {Code::kPermissionDenied, "this MongoDB user lacks a right",
            "grant the role read on the database, or readAnyDatabase for a whole cluster; inlet "
            "check tells which"};
  }
  if (code == server_code::kNotReplicaSet) {
    return {Code::kInvalidArgument, "change streams need a replica set",
            "start mongod with --replSet rs0 and run rs.initiate() once: one node is enough"};
  }
  if (contains(kHistoryLost, code)) {
    return {Code::kResumePointLost,
            "the change stream cannot resume: its position has left the oplog",
            "make a new copy (--on-history-lost resync), and give the oplog more room"};
  }
  if (contains(kTooLarge, code)) {
    return {Code::kResourceExhausted, "a change event is larger than the server's 16 MB",
            "leave out --full-document-before-change or the full document, project large fields "
            "away in the "
            "pipeline, or use a server from 7.0 on, where such events are split"};
  }
  if (code == server_code::kNamespaceNotFound) return {Code::kNotFound, "collection not found", {}};
  if (code == server_code::kMaxTimeExpired)
    return {Code::kTimeout, "MongoDB did not finish in time", {}};
  if (contains(kPassing, code)) return {Code::kUnavailable, "MongoDB cannot answer for now", {}};
  const auto& labels = failure.labels;
  const bool resumable =
      std::find(labels.begin(), labels.end(), "ResumableChangeStreamError") != labels.end();
  if (resumable) return {Code::kUnavailable, "MongoDB cannot answer for now", {}};
  if (contains(kDefinition, code))
    return {Code::kInvalidArgument, "MongoDB refused the command", {}};
  return {Code::kUnavailable, "MongoDB answered with an error", {}, true};
}

Verdict verdict_of(const MongoFailure& failure) {
  switch (failure.origin) {
    case MongoFailure::Origin::kServer:
      return verdict_of_server(failure);
    case MongoFailure::Origin::kNetwork:
      return {Code::kUnavailable, "connection to MongoDB broke", {}};
    case MongoFailure::Origin::kServerSelection:
      return {
          Code::kUnavailable, "no MongoDB server answers",
          "check host, port and network; for a replica set replicaSet must be its name, and the "
          "names in rs.conf() must resolve from here"};
    case MongoFailure::Origin::kAuthentication:
      return {Code::kPermissionDenied, "MongoDB refused the login", kPasswordHint};
    case MongoFailure::Origin::kClient:
      return {Code::kInvalidArgument, "the MongoDB client refused the command", {}};
  }
  INLET_UNREACHABLE();
}

}  // namespace

Status status_of(const MongoFailure& failure) {
  const Verdict verdict = verdict_of(failure);
  Status status(verdict.code, verdict.text);
  status = std::move(status).with("cause", cause_of(failure));
  if (failure.code != 0) status = std::move(status).with(kCodeField, failure.code);
  if (verdict.unknown) status = std::move(status).with(kUnknownField, "yes");
  if (!verdict.hint.empty()) status = std::move(status).with_hint(verdict.hint);
  return status;
}

int server_code_of(const Status& status) {
  if (status.is_ok()) return 0;
  for (const Status::Field& field : status.fields()) {
    if (field.name != kCodeField) continue;
    int code = 0;
    std::from_chars(field.value.data(), field.value.data() + field.value.size(), code);
    return code;
  }
  return 0;
}

bool is_unknown_server_error(const Status& status) {
  if (status.is_ok()) return false;
  const auto& fields = status.fields();
  return std::any_of(fields.begin(), fields.end(),
                     [](const Status::Field& field) { return field.name == kUnknownField; });
}

}  // namespace inlet
