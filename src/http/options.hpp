#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

/// How a server is set up: plain values, filled by whoever starts it. Secrets are values here and are never printed.
namespace tidemark::http {

/// What somebody may do.
enum class Scope : std::uint8_t {
  ingest,  ///< Send spans.
  read,    ///< Query, status, metrics.
  admin,   ///< Everything else, and the two above.
};

struct Scopes {
  bool ingest = false;
  bool read = false;
  bool admin = false;

  bool has(Scope scope) const { return admin || (scope == Scope::ingest && ingest) || (scope == Scope::read && read); }
};

/// A bearer token.
struct Token {
  std::string name;    ///< For people.
  std::string secret;  ///< Not empty.
  Scopes scopes;
};

/// Who may do what. Can be changed while the server runs (Server::set_access).
struct Access {
  std::vector<Token> tokens;
  /// The secrets with which each sender signs, several while one is replaced by another. None: its route answers 403.
  struct Webhooks {
    std::vector<std::string> github, buildkite, gitlab;
  } webhooks;
};

/// Where connections are accepted.
struct Listener {
  /// `127.0.0.1:4318`, `[::1]:4318`, `localhost:4318` (all its addresses), port 0 for any free one; or `unix:` and the
  /// path of a socket, made with mode 0600; one that nobody listens on any more is replaced.
  std::string address;
  bool tls = false;  ///< With ServerOptions::tls. Not for unix sockets.
  /// What may be done here without a token. Only loopback and unix sockets should open anything.
  Scopes open;
};

/// PEM files: the certificate with its chain, and its key.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

/// Bounds of all that others can make the server hold or wait for.
struct Limits {
  /// Open connections. At the limit a new one takes the place of the one that has been idle longest; when none is idle,
  /// it is answered 503.
  std::size_t connections = 1024;
  std::size_t header_bytes = 16u << 10;
  /// One body of spans or of a report, as it comes and inflated. OTLP recommends 64 MiB.
  std::size_t body_bytes = 64u << 20;
  /// One webhook. GitHub and GitLab send at most 25 MB.
  std::size_t webhook_bytes = 25u << 20;
  /// All bodies that are being received, inflated or taken in. At the limit a request is answered 503. At least
  /// body_bytes, or the largest bodies can never be taken.
  std::size_t open_body_bytes = 96u << 20;

  /// Answers above 64 KiB that are on their way to who asked, to admins excepted. At the limit a query is answered 503.
  /// Larger: more slow readers at a time, and more memory.
  std::size_t open_answer_bytes = 64u << 20;

  /// A view's page as it is kept ready, plain and compressed bytes together; a larger one is not served. And all of them.
  std::size_t page_bytes = 16u << 20;
  std::size_t all_page_bytes = 64u << 20;

  /// Threads that take spans in: each waits for a commit, and commits are shared. More: more requests share one.
  std::size_t ingest_threads = 8;
  std::size_t read_threads = 2;  ///< Queries, status, metrics.
  /// Requests that wait for a thread, of each kind; more are answered 503.
  std::size_t queue = 64;
  std::size_t io_threads = 2;

  Micros header_timeout = seconds(10);  ///< From a request's first byte (or the connection) to the end of its header.
  Micros idle_timeout = seconds(120);   ///< Between requests.
  /// A body must come, and an answer must be taken, at `body_rate` bytes a second on the whole; `body_grace` is what it
  /// may be behind.
  Micros body_grace = seconds(10);
  std::size_t body_rate = 4096;
  /// For how long what a refused sender still sends is thrown away, so that it sees its answer before the end.
  Micros linger_timeout = seconds(2);

  std::size_t page_rows = 1000;       ///< Rows of an answer when the request does not say.
  std::size_t max_page_rows = 10000;  ///< Rows of an answer to anybody but an admin.
};

struct ServerOptions {
  std::vector<Listener> listeners;
  TlsFiles tls;  ///< Only where a listener wants it.
  Access access;
  Limits limits;
  /// Names that requests to an open TCP listener may have in `Host` beside `localhost` and numeric addresses. A page of
  /// the web that a browser on this machine shows can reach loopback under a name of its own; this keeps it out.
  std::vector<std::string> host_names;
};

}  // namespace tidemark::http
