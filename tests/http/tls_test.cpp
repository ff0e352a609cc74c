#include <catch2/catch.hpp>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fstream>

#include "http/http_support.hpp"

using namespace tidemark;
using namespace tidemark::test;

namespace {

template <typename T, void (*release)(T*)>
struct Release {
  void operator()(T* t) const { release(t); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509, X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Release<SSL, SSL_free>>;

void close_file(std::FILE* file) { std::fclose(file); }
using File = std::unique_ptr<std::FILE, Release<std::FILE, close_file>>;

/// A key and a certificate that it has signed itself, as files.
http::TlsFiles make_certificate(const Scratch& scratch, const std::string& name) {
  const http::TlsFiles files{scratch.path(name + ".crt"), scratch.path(name + ".key")};
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  REQUIRE(PEM_write_X509(File(std::fopen(files.certificate.c_str(), "w")).get(), certificate.get()) == 1);
  REQUIRE(PEM_write_PrivateKey(File(std::fopen(files.key.c_str(), "w")).get(), key.get(), nullptr, nullptr, 0, nullptr,
                               nullptr) == 1);
  return files;
}

struct Answer {
  std::string text;
  std::string name;  ///< Of the server's certificate.
  bool ended_well = false;
};

/// One request over TLS of at most this version; an empty answer when there was no handshake.
Answer ask(const std::string& address, const std::string& request, int version = TLS1_3_VERSION) {
  RawConnection connection(address);
  const Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_max_proto_version(context.get(), version);
  const Session session(SSL_new(context.get()));
  SSL_set_fd(session.get(), connection.descriptor());
  Answer answer;
  if (SSL_connect(session.get()) != 1) return answer;
  const Certificate certificate(SSL_get1_peer_certificate(session.get()));
  char name[100] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
  answer.name = name;
  SSL_write(session.get(), request.data(), static_cast<int>(request.size()));
  char piece[4096];
  int n = 0;
  while ((n = SSL_read(session.get(), piece, sizeof piece)) > 0) answer.text.append(piece, static_cast<std::size_t>(n));
  answer.ended_well = SSL_get_error(session.get(), n) == SSL_ERROR_ZERO_RETURN;
  return answer;
}

http::ServerOptions with_tls(const http::TlsFiles& files) {
  http::ServerOptions options = loopback();
  options.listeners[0].tls = true;
  options.tls = files;
  return options;
}

constexpr const char* kRequest = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are served, what is older is not", "[store]") {
  const Scratch scratch;
  Running running(with_tls(make_certificate(scratch, "first")));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Answer answer = ask(running.address(), kRequest, version);
    CHECK(answer.text.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ended_well);
  }
  CHECK(ask(running.address(), kRequest, TLS1_1_VERSION).name.empty());
}

TEST_CASE("large bodies go through TLS both ways", "[store]") {
  const Scratch scratch;
  Running running(with_tls(make_certificate(scratch, "first")));
  std::string spans;
  for (int i = 0; i < 2000; ++i) spans += job(i);
  const std::string request = "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
                              std::to_string(spans.size()) + "\r\n\r\n" + spans;
  CHECK(has(ask(running.address(), request).text, "\"accepted\": 2000"));
}

TEST_CASE("who does not speak TLS is closed, and others are served", "[store]") {
  const Scratch scratch;
  Running running(with_tls(make_certificate(scratch, "first")));
  RawConnection plain(running.address());
  plain.send(kRequest);
  CHECK_FALSE(has(plain.read_all(), "200"));
  CHECK(has(ask(running.address(), kRequest).text, " 200 "));
}

TEST_CASE("a renewed certificate is used from the next connection on, a broken one never", "[store]") {
  const Scratch scratch;
  Running running(with_tls(make_certificate(scratch, "first")));
  CHECK(ask(running.address(), kRequest).name == "first");
  const http::TlsFiles second = make_certificate(scratch, "second");
  CHECK_THROWS_AS(running.server->reload_tls({second.certificate, scratch.path("first.key")}), InputError);
  CHECK_THROWS_AS(running.server->reload_tls({scratch.path("none"), second.key}), InputError);
  CHECK(ask(running.address(), kRequest).name == "first");
  running.server->reload_tls(second);
  CHECK(ask(running.address(), kRequest).name == "second");
}

TEST_CASE("a certificate that cannot be used is named when the server is made", "[store]") {
  const Scratch scratch;
  http::TlsFiles files = make_certificate(scratch, "first");
  std::ofstream(scratch.path("broken")) << "-----BEGIN CERTIFICATE-----\nsecret\n";
  CHECK_THROWS_WITH(Running(with_tls({scratch.path("broken"), files.key})), Catch::Contains("broken"));
  CHECK_THROWS_WITH(Running(with_tls({files.certificate, scratch.path("broken")})),
                    Catch::Contains("cannot use the key") && !Catch::Contains("secret"));
}
