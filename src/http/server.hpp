#pragma once
#include <memory>
#include <string>
#include <vector>

#include "http/host.hpp"
#include "http/options.hpp"
#include "http/view_pages.hpp"

namespace tidemark::http {

/// The HTTP server: accepts connections, bounds what they may cost, and answers by the routes of docs/http.md.
/// Threads: its methods may be called from any thread, one at a time. It has I/O threads and worker threads of its own,
/// which call the host. They are the only ones that read a clock beside the host's: for time-outs.
class Server {
 public:
  /// Binds all listeners and reads the TLS files. Connections wait until start(). `host` must outlive it.
  /// Errors: InputError for what cannot be bound, read or understood, with which it is.
  Server(Host& host, ServerOptions options);
  /// Stops at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();

  /// What it listens on, in the order of the options, with ports as they are; a name's several addresses one by one.
  const std::vector<std::string>& addresses() const;

  /// From the next request on.
  void set_access(Access access);
  /// Reads the files of `tls` again, for new connections. InputError when they cannot be used: the old ones stay.
  void reload_tls(const TlsFiles& tls);

  /// Prepares the page of a view of the store, or of a sink of the host's: at the start, and after each attempt to refresh
  /// it. From any thread, also before start(). Errors: those of Engine::view; InputError for a page that is too large. The
  /// page that is there stays.
  void publish(const std::string& view, const std::string& sink = {});
  /// All pages, for those who have rows from elsewhere.
  ViewPages& pages();

  /// Stops accepting, finishes the requests that have come in, and ends all threads. What is not finished within
  /// `bound` is cut off; a request that a worker has begun is always waited for.
  /// Returns whether all was finished. A second call does nothing.
  bool stop(Micros bound);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark::http
