// A lake's URL and the environment together say where the container is and how to get in.

#include "store/azure_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/log.h"
#include "store/open_object_store.h"
#include "testing/secret_reader.h"

namespace inlet {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::secret_reader_of;
using Kind = AzureCredential::Kind;

constexpr const char* kKey = "c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudC0xMjM0NTY3";

AzureLocation must(std::string_view url, const SecretReader& reader = secret_reader_of()) {
  Result<AzureLocation> parsed = parse_azure_url(url, reader);
  EXPECT_TRUE(parsed.is_ok()) << parsed.status().to_string();
  return parsed.is_ok() ? *std::move(parsed) : AzureLocation();
}

Status failure(std::string_view url, const SecretReader& reader = secret_reader_of()) {
  return parse_azure_url(url, reader).status();
}

TEST(AzureUrl, EverySchemeNamesContainerAccountAndPrefix) {
  const SecretReader reader = secret_reader_of({{"AZURE_STORAGE_ACCOUNT", "acme"}});
  for (const char* const url :
       {"abfss://raw@acme.dfs.core.windows.net/a/b", "abfs://raw@acme.dfs.core.windows.net/a/b/",
        "abfss://raw@acme.blob.core.windows.net/a/b", "abfss://raw@acme/a/b", "az://raw/a/b",
        "https://acme.blob.core.windows.net/raw/a/b"}) {
    const AzureLocation location = must(url, reader);
    EXPECT_EQ(location.container, "raw") << url;
    EXPECT_EQ(location.account, "acme") << url;
    EXPECT_EQ(location.prefix, "a/b") << url;
    EXPECT_EQ(location.blob_authority, ".blob.core.windows.net") << url;
    EXPECT_EQ(location.dfs_authority, ".dfs.core.windows.net") << url;
    EXPECT_EQ(location.description(), "abfss://raw@acme.dfs.core.windows.net/a/b") << url;
    EXPECT_EQ(location.credential.kind, Kind::kDefault) << url;
  }
  EXPECT_EQ(must("az://raw", reader).prefix, "");
}

TEST(AzureUrl, OtherCloudsAndEmulators) {
  EXPECT_EQ(must("abfss://raw@acme.dfs.core.chinacloudapi.cn/x").blob_authority,
            ".blob.core.chinacloudapi.cn");
  const AzureLocation emulator =
      must("az://raw/x?account=devstoreaccount1&endpoint=http://127.0.0.1:10000");
  EXPECT_EQ(emulator.scheme, "http");
  EXPECT_EQ(emulator.blob_authority, "127.0.0.1:10000");
  EXPECT_EQ(emulator.account, "devstoreaccount1");
  EXPECT_EQ(must("az://raw?endpoint=http://127.0.0.1:10000/acme").account, "acme");
  EXPECT_EQ(must("az://raw?endpoint=https://acme.blob.core.usgovcloudapi.net/").dfs_authority,
            ".dfs.core.usgovcloudapi.net");
}

TEST(AzureUrl, ConnectionStringOfTheEnvironment) {
  const AzureLocation location =
      must("az://raw/x",
           secret_reader_of(
               {{"AZURE_STORAGE_CONNECTION_STRING",
                 std::string("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=") + kKey +
                     ";EndpointSuffix=core.windows.net"}}));
  EXPECT_EQ(location.account, "acme");
  EXPECT_EQ(location.credential.kind, Kind::kAccountKey);
  EXPECT_EQ(location.credential.secret, kKey);

  const AzureLocation emulator =
      must("az://raw",
           secret_reader_of({{"AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true"}}));
  EXPECT_EQ(emulator.account, "devstoreaccount1");
  EXPECT_EQ(emulator.blob_authority, "127.0.0.1:10000");
  EXPECT_EQ(emulator.scheme, "http");

  const AzureLocation token = must(
      "az://raw", secret_reader_of({{"AZURE_STORAGE_CONNECTION_STRING",
                                     "BlobEndpoint=https://acme.blob.core.windows.net/;"
                                     "SharedAccessSignature=sv=2024-01-01&sig=c2lnbmF0dXJl"}}));
  EXPECT_EQ(token.account, "acme");
  EXPECT_EQ(token.credential.kind, Kind::kSasToken);
  EXPECT_EQ(token.credential.secret, "sv=2024-01-01&sig=c2lnbmF0dXJl");
}

TEST(AzureUrl, CredentialsOfTheEnvironmentInTheirOrder) {
  std::map<std::string, std::string> variables = {{"AZURE_STORAGE_ACCOUNT", "acme"}};
  const auto kind = [&] { return must("az://raw", secret_reader_of(variables)).credential.kind; };
  EXPECT_EQ(kind(), Kind::kDefault);
  variables["AZURE_CLIENT_ID"] = "0000-1111";
  EXPECT_EQ(kind(), Kind::kManagedIdentity);
  variables["AZURE_FEDERATED_TOKEN_FILE"] = "/var/run/secrets/token";
  EXPECT_EQ(kind(), Kind::kWorkloadIdentity);
  variables["AZURE_CLIENT_SECRET"] = "client-secret-1";
  variables["AZURE_TENANT_ID"] = "tenant";
  EXPECT_EQ(kind(), Kind::kClientSecret);
  variables["AZURE_STORAGE_SAS_TOKEN"] = "?sv=1&sig=c2lnbmF0dXJl";
  EXPECT_EQ(kind(), Kind::kSasToken);
  EXPECT_EQ(must("az://raw", secret_reader_of(variables)).credential.secret,
            "sv=1&sig=c2lnbmF0dXJl");
  variables["AZURE_STORAGE_KEY"] = kKey;
  EXPECT_EQ(kind(), Kind::kAccountKey);
}

TEST(AzureUrl, QueryGoesBeforeTheEnvironmentAndTakesReferences) {
  const SecretReader reader = secret_reader_of(
      {{"AZURE_STORAGE_ACCOUNT", "acme"}, {"AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=ZnJvbS1lbnY"}},
      {{"/run/secrets/key", kKey}, {"/run/secrets/sas", "sv=2&sig=a%2Bb%3D"}});

  const AzureLocation by_key = must("az://raw?account_key=${file:/run/secrets/key}", reader);
  EXPECT_EQ(by_key.credential.kind, Kind::kAccountKey);
  EXPECT_EQ(by_key.credential.secret, kKey);
  EXPECT_EQ(must("az://raw?sas_token=${file:/run/secrets/sas}", reader).credential.secret,
            "sv=2&sig=a%2Bb%3D")
      << "what a reference holds is taken as it is";
  EXPECT_EQ(must("az://raw?sas_token=sv%3D3%26sig%3Dabcd", reader).credential.secret,
            "sv=3&sig=abcd");
  EXPECT_EQ(must("az://raw?credential=managed_identity&client_id=me", reader).credential.client_id,
            "me");
  EXPECT_EQ(failure("az://raw?account_key=${file:/nowhere}", reader).code(), Code::kNotFound);
}

TEST(AzureUrl, SecretOfAnotherAccountIsNotTried) {
  const SecretReader reader =
      secret_reader_of({{"AZURE_STORAGE_ACCOUNT", "other"}, {"AZURE_STORAGE_KEY", kKey}});

  EXPECT_EQ(failure("abfss://raw@acme.dfs.core.windows.net/", reader).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(must("abfss://raw@acme.dfs.core.windows.net/?credential=default", reader).account,
            "acme");
}

TEST(AzureUrl, FaultsAreRefusedWithAHint) {
  EXPECT_THAT(failure("az://raw?acount_key=x").hint(), HasSubstr("'account_key'"));
  EXPECT_THAT(failure("az://raw").hint(), HasSubstr("AZURE_STORAGE_ACCOUNT"));
  EXPECT_THAT(failure("az://raw?account=a&credential=managed").hint(),
              HasSubstr("managed_identity"));
  EXPECT_THAT(failure("az://Raw_?account=a").hint(), HasSubstr("small letters"));
  for (const char* const url :
       {"abfss://raw@acme.example.com/x", "az://raw?account=a&account_key=not-base64!",
        "az://raw?account=a&endpoint=127.0.0.1", "az://raw?account=a&endpoint=ftp://x",
        "az://raw?account=a&connection_string=nonsense", "abfss://raw@acme/?account=other",
        "az://?account=acme", "https://example.com/raw"}) {
    const Status status = failure(url);
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << url << ": " << status.to_string();
    EXPECT_FALSE(status.hint().empty()) << url;
  }
}

TEST(AzureUrl, SecretsStayOutOfWhatIsShown) {
  const std::string signature = "c2lnbmF0dXJlLXNpZ25hdHVyZQ%3D%3D";
  const AzureLocation location =
      must("az://raw/x?account=acme&sas_token=${env:TOKEN}",
           secret_reader_of({{"TOKEN", "sv=2024-01-01&sp=rw&sig=" + signature}}));

  EXPECT_THAT(location.description(), Not(HasSubstr("sig")));
  EXPECT_THAT(log::redact("GET /raw?sig=" + signature), Not(HasSubstr("c2lnbmF0dXJl")));
  EXPECT_THAT(log::redact("GET /raw?sig=c2lnbmF0dXJlLXNpZ25hdHVyZQ=="),
              Not(HasSubstr("c2lnbmF0dXJl")));
  const Status status = failure("az://raw?account=a&account_key=tell-nobody-this!");
  EXPECT_THAT(status.to_string(), Not(HasSubstr("tell-nobody")));
  EXPECT_EQ(public_url("az://raw/x?account_key=abcd"), "az://raw/x");
  EXPECT_EQ(public_url("./what?"), "./what?");
}

}  // namespace
}  // namespace inlet
