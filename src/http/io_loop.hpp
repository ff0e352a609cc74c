#pragma once
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <list>
#include <memory>
#include <utility>

#include "http/serving.hpp"

/// For server.cpp and connection.cpp alone: what is heavy stays in these two.
namespace tidemark::http {

using Socket = boost::asio::generic::stream_protocol::socket;

/// One I/O thread's event loop and the connections that wait on it for their next request. Its thread alone uses it.
class IoLoop {
 public:
  /// A connection that can be closed without loss.
  class Idle {
   public:
    virtual void close() = 0;

   protected:
    ~Idle() = default;
  };
  /// Keeps a connection in the list of those that are idle.
  class Mark {
   public:
    Mark(IoLoop& loop, Idle& connection) : loop_(loop), at_(loop.idle_.insert(loop.idle_.end(), &connection)) {}
    ~Mark() { loop_.idle_.erase(at_); }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    IoLoop& loop_;
    std::list<Idle*>::iterator at_;
  };

  explicit IoLoop(const ViewPages& views) : pages(views) {}

  /// Closes the one that has been idle longest. False: there is none.
  bool close_oldest_idle() {
    for (Idle*& connection : idle_) {
      if (connection == nullptr) continue;  // Closed, but it has not noticed yet.
      std::exchange(connection, nullptr)->close();
      return true;
    }
    return false;
  }
  void close_all_idle() {
    while (close_oldest_idle()) {
    }
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`, until the next call.
  std::string_view date(Instant now) {
    const std::int64_t second = now.us / seconds(1).count;
    if (second != date_second_) date_ = http_date(now);
    date_second_ = second;
    return date_;
  }

 private:
  std::list<Idle*> idle_;
  std::int64_t date_second_ = -1;
  std::string date_;

 public:
  ViewPages::Reader pages;
  /// Last: connections that still stand in it when it ends take themselves out of the list.
  boost::asio::io_context context{1};
};

/// How a connection came.
struct Origin {
  Scopes open;
  bool local_socket = false;
  std::shared_ptr<boost::asio::ssl::context> tls;  ///< Nullptr: without TLS.
};

/// Serves the connection on the loop whose context its socket has, to its end. From any thread.
void serve_connection(Serving& serving, IoLoop& loop, Socket socket, Origin origin);

}  // namespace tidemark::http
