#include "store/azure_container.h"

#include <arrow/filesystem/azurefs.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include "store/azure_failure.h"

namespace inlet {
namespace {

arrow::Status configure(const AzureCredential& credential, arrow::fs::AzureOptions& out) {
  switch (credential.kind) {
    case AzureCredential::Kind::kAccountKey:
      return out.ConfigureAccountKeyCredential(credential.secret);
    case AzureCredential::Kind::kSasToken:
      return out.ConfigureSASCredential("?" + credential.secret);
    case AzureCredential::Kind::kClientSecret:
      return out.ConfigureClientSecretCredential(credential.tenant_id, credential.client_id,
                                                 credential.secret);
    case AzureCredential::Kind::kWorkloadIdentity:
      return out.ConfigureWorkloadIdentityCredential();
    case AzureCredential::Kind::kManagedIdentity:
      return out.ConfigureManagedIdentityCredential(credential.client_id);
    case AzureCredential::Kind::kCli:
      return out.ConfigureCLICredential();
    case AzureCredential::Kind::kAnonymous:
      return out.ConfigureAnonymousCredential();
    case AzureCredential::Kind::kDefault:
      return out.ConfigureDefaultCredential();
  }
  INLET_UNREACHABLE();
}

}  // namespace

AzureContainer::AzureContainer(std::shared_ptr<arrow::fs::FileSystem> files,
                               const AzureLocation& location)
    : files_(std::move(files)),
      container_(location.container),
      root_(location.prefix.empty() ? container_ : container_ + "/" + location.prefix) {}

AzureContainer::~AzureContainer() = default;

Result<std::shared_ptr<AzureContainer>> AzureContainer::open(const AzureLocation& location) {
  StallWatch::instance().set_limit(location.call_timeout);
  arrow::fs::AzureOptions options;
  options.account_name = location.account;
  options.blob_storage_scheme = options.dfs_storage_scheme = location.scheme;
  options.blob_storage_authority = location.blob_authority;
  options.dfs_storage_authority = location.dfs_authority;
  // A thread of Arrow's pool would end the process at what the client library throws there.
  options.background_writes = false;
  std::shared_ptr<arrow::fs::FileSystem> files;
  Status status = try_azure("cannot use the credential", location.description(), [&] {
    ARROW_RETURN_NOT_OK(configure(location.credential, options));
    return arrow::fs::AzureFileSystem::Make(options).Value(&files);
  });
  if (!status.is_ok()) {
    // No call has been made: what failed is the secret's form.
    return Status(Code::kInvalidArgument, "the credential is not usable")
        .with("lake", location.description())
        .with_hint("an account key is base64, 88 characters; a SAS token begins with sv=");
  }
  return std::shared_ptr<AzureContainer>(new AzureContainer(std::move(files), location));
}

std::string AzureContainer::full(const std::string& path) const {
  return path.empty() ? root_ : root_ + "/" + path;
}

Result<std::shared_ptr<arrow::io::OutputStream>> AzureContainer::open_output(
    const std::string& path) {
  std::shared_ptr<arrow::io::OutputStream> out;
  INLET_RETURN_IF_ERROR(try_azure("cannot write", path, [&] {
    return files_->OpenOutputStream(full(path), nullptr).Value(&out);
  }));
  return out;
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> AzureContainer::open_input(
    const std::string& path) {
  std::shared_ptr<arrow::io::RandomAccessFile> out;
  INLET_RETURN_IF_ERROR(try_azure("cannot read", path,
                                  [&] { return files_->OpenInputFile(full(path)).Value(&out); }));
  return out;
}

Result<std::optional<AzureContainer::Entry>> AzureContainer::find(const std::string& path) {
  arrow::fs::FileInfo info;
  INLET_RETURN_IF_ERROR(try_azure("cannot look at", path,
                                  [&] { return files_->GetFileInfo(full(path)).Value(&info); }));
  if (info.IsFile()) return std::optional(Entry{path, static_cast<uint64_t>(info.size()), false});
  if (info.type() == arrow::fs::FileType::NotFound) INLET_RETURN_IF_ERROR(check_container());
  return std::optional<Entry>();
}

/// A container that is not there looks like one with nothing in it.
Status AzureContainer::check_container() {
  if (container_seen_) return Status::ok();
  arrow::fs::FileInfo info;
  const Status looked = try_azure("cannot look at the container", container_,
                                  [&] { return files_->GetFileInfo(container_).Value(&info); });
  // A token for the container's objects need not allow to look at the container itself.
  if (looked.code() == Code::kPermissionDenied) return Status::ok();
  INLET_RETURN_IF_ERROR(looked);
  if (info.type() == arrow::fs::FileType::NotFound) {
    return Status(Code::kNotFound, "the container does not exist")
        .with("container", container_)
        .with_hint("create the container first: az storage container create");
  }
  container_seen_ = true;
  return Status::ok();
}

Result<std::vector<AzureContainer::Entry>> AzureContainer::list_folder(const std::string& folder) {
  arrow::fs::FileSelector selector;
  selector.base_dir = full(folder);
  selector.allow_not_found = true;
  // Not recursive: Arrow would end the process at what the client library throws deeper down.
  selector.recursive = false;
  std::vector<arrow::fs::FileInfo> found;
  INLET_RETURN_IF_ERROR(try_azure("cannot list", folder,
                                  [&] { return files_->GetFileInfo(selector).Value(&found); }));
  if (found.empty()) INLET_RETURN_IF_ERROR(check_container());
  std::vector<Entry> out;
  out.reserve(found.size());
  for (const arrow::fs::FileInfo& info : found) {
    out.push_back({info.path().substr(root_.size() + 1),
                   info.IsFile() ? static_cast<uint64_t>(info.size()) : 0, info.IsDirectory()});
  }
  return out;
}

Result<bool> AzureContainer::rename_or_copy(const std::string& from, const std::string& to) {
  if (!is_flat_) {
    if (const std::optional<Status> renamed = rename(from, to)) {
      INLET_RETURN_IF_ERROR(*renamed);
      return false;
    }
    is_flat_ = true;
  }
  INLET_RETURN_IF_ERROR(copy(from, to));
  return true;
}

std::optional<Status> AzureContainer::rename(const std::string& from, const std::string& to) {
  constexpr std::string_view kParentMissing = "parent directory of the destination";
  bool is_supported = true;
  bool is_parent_missing = false;
  const auto attempt = [&] {
    return try_azure("cannot move", from, [&] {
      arrow::Status moved = files_->Move(full(from), full(to));
      is_supported = !moved.IsNotImplemented();
      is_parent_missing = moved.message().find(kParentMissing) != std::string::npos;
      return moved;
    });
  };
  Status status = attempt();
  if (!is_supported) return std::nullopt;
  if (is_parent_missing) {
    const std::string target = full(to);
    status = try_azure("cannot make the folder", to, [&] {
      return files_->CreateDir(target.substr(0, target.rfind('/')), /*recursive=*/true);
    });
    if (status.is_ok()) status = attempt();
  }
  return status.is_ok() ? status : status.with("to", to);
}

Status AzureContainer::copy(const std::string& from, const std::string& to) {
  const Status copied =
      try_azure("cannot move", from, [&] { return files_->CopyFile(full(from), full(to)); });
  if (copied.is_ok()) return copied;
  // The service has several answers for a source that is not there.
  const Result<std::optional<Entry>> source = find(from);
  if (source.is_ok() && !*source)
    return Status(Code::kNotFound, "cannot move").with("path", from).with("to", to);
  return copied.with("to", to);
}

Status AzureContainer::remove(const std::string& path) {
  Status status = try_azure("cannot remove", path, [&] { return files_->DeleteFile(full(path)); });
  return status.code() == Code::kNotFound ? check_container() : status;
}

Status AzureContainer::remove_folder(const std::string& folder) {
  Status status =
      try_azure("cannot remove", folder, [&] { return files_->DeleteDir(full(folder)); });
  return status.code() == Code::kNotFound ? check_container() : status;
}

}  // namespace inlet
