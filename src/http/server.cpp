#include "http/server.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <thread>

#include <unistd.h>

#include "http/acceptors.hpp"
#include "http/io_loop.hpp"
#include "http/publish.hpp"
#include "http/tls.hpp"

namespace tidemark::http {

namespace asio = boost::asio;

namespace {

/// How long accepting rests when the system has no more descriptors or memory for a connection.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

}  // namespace

class Server::Impl {
 public:
  Impl(Host& host, ServerOptions options) : options_(std::move(options)), serving_(host, options_) {
    serving_.api.set_access(std::move(options_.access));
    const std::size_t threads = std::max<std::size_t>(options_.limits.io_threads, 1);
    for (std::size_t i = 0; i < threads; ++i) loops_.push_back(std::make_unique<IoLoop>(serving_.pages));
    for (const Listener& listener : options_.listeners) {
      if (listener.tls && !tls_) tls_ = make_tls(options_.tls);
      for (BoundAcceptor& bound : bind_acceptors(loops_.front()->context, listener.address)) {
        addresses_.push_back(bound.address);
        entrances_.push_back({std::move(bound), &listener});
      }
    }
  }

  ~Impl() { stop({}); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start() {
    for (Entrance& entrance : entrances_) asio::co_spawn(loops_.front()->context, accept_all(entrance), asio::detached);
    for (const auto& loop : loops_) {
      guards_.emplace_back(asio::make_work_guard(loop->context));
      threads_.emplace_back([&context = loop->context] { context.run(); });
    }
  }

  const std::vector<std::string>& addresses() const { return addresses_; }

  void set_access(Access access) { serving_.api.set_access(std::move(access)); }

  void publish(const std::string& view, const std::string& sink) {
    publish_view(serving_.host, serving_.pages, view, sink);
  }

  ViewPages& pages() { return serving_.pages; }

  void reload_tls(const TlsFiles& files) {
    auto tls = make_tls(files);
    const std::lock_guard lock(tls_mutex_);
    tls_ = std::move(tls);
  }

  bool stop(Micros bound) {
    if (stopped_) return true;
    stopped_ = true;
    serving_.stopping = true;
    asio::post(loops_.front()->context, [this] {
      for (Entrance& entrance : entrances_) entrance.bound.acceptor.close();
    });
    for (const auto& loop : loops_) asio::post(loop->context, [&loop] { loop->close_all_idle(); });
    const bool finished = wait_for_connections(bound);
    // Jobs that have begun write to the store: they are waited for. Their answers go out if there is still time.
    for (WorkerPool* pool : {&serving_.ingest, &serving_.read, &serving_.admin}) pool->stop();
    for (const auto& loop : loops_) loop->context.stop();
    for (std::thread& thread : threads_) thread.join();
    for (const Entrance& entrance : entrances_)
      if (!entrance.bound.unix_path.empty()) ::unlink(entrance.bound.unix_path.c_str());
    return finished;
  }

 private:
  struct Entrance {
    BoundAcceptor bound;
    const Listener* listener;
  };

  asio::awaitable<void> accept_all(Entrance& entrance) {
    Acceptor& acceptor = entrance.bound.acceptor;
    asio::steady_timer pause(loops_.front()->context);
    while (!serving_.stopping) {
      IoLoop& loop = *loops_[next_loop_++ % loops_.size()];
      Socket socket(loop.context);
      boost::system::error_code error;
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
      if (error) {
        // Mostly there are no descriptors left; those who wait for nothing give theirs.
        for (const auto& each : loops_) asio::post(each->context, [&each] { each->close_oldest_idle(); });
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      const bool local = !entrance.bound.unix_path.empty();
      // Answers go out in one piece; waiting for more to send would only delay them.
      if (!local) socket.set_option(asio::ip::tcp::no_delay(true), error);
      serve_connection(serving_, loop, std::move(socket),
                       {entrance.listener->open, local, entrance.listener->tls ? tls() : nullptr});
    }
  }

  std::shared_ptr<asio::ssl::context> tls() {
    const std::lock_guard lock(tls_mutex_);
    return tls_;
  }

  bool wait_for_connections(Micros bound) {
    if (threads_.empty()) return true;
    std::unique_lock lock(serving_.open_mutex);
    return serving_.all_closed.wait_for(lock, std::chrono::microseconds(bound.count),
                                        [&] { return serving_.counters.open_connections == 0; });
  }

  ServerOptions options_;
  // Connections that still stand in a loop when it ends use what all share, so the loops go first.
  Serving serving_;
  std::vector<std::unique_ptr<IoLoop>> loops_;
  std::vector<Entrance> entrances_;
  std::vector<std::string> addresses_;
  std::mutex tls_mutex_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::size_t next_loop_ = 0;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
  bool stopped_ = false;
};

Server::Server(Host& host, ServerOptions options) : impl_(std::make_unique<Impl>(host, std::move(options))) {}
Server::~Server() = default;

void Server::start() { impl_->start(); }
const std::vector<std::string>& Server::addresses() const { return impl_->addresses(); }
void Server::set_access(Access access) { impl_->set_access(std::move(access)); }
void Server::reload_tls(const TlsFiles& tls) { impl_->reload_tls(tls); }
void Server::publish(const std::string& view, const std::string& sink) { impl_->publish(view, sink); }
ViewPages& Server::pages() { return impl_->pages(); }
bool Server::stop(Micros bound) { return impl_->stop(bound); }

}  // namespace tidemark::http
