#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <optional>

#include "http/io_loop.hpp"
#include "http/view_page.hpp"
#include "model/text.hpp"

namespace tidemark::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;
using Clock = std::chrono::steady_clock;
using RawStream = beast::basic_stream<asio::generic::stream_protocol>;
using TlsStream = asio::ssl::stream<RawStream>;
using Parser = beast::http::request_parser<beast::http::buffer_body>;
template <typename T>
using Awaitable = asio::awaitable<T>;

/// What is read at once while a header is awaited: little, for there may be many who never send one.
constexpr std::size_t kHeaderPiece = 4096;
constexpr std::size_t kFirstBodyPiece = 4096;
constexpr std::size_t kBodyPiece = 256u << 10;
constexpr std::size_t kReadBuffer = 64u << 10;
/// Answers up to this size are given however many there are.
constexpr std::size_t kSmallAnswer = 64u << 10;

Clock::duration duration_of(Micros d) { return std::chrono::microseconds(d.count); }

RawStream& raw(RawStream& stream) { return stream; }
RawStream& raw(TlsStream& stream) { return stream.next_layer(); }

Method method_of(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get: return Method::get;
    case beast::http::verb::head: return Method::head;
    case beast::http::verb::post: return Method::post;
    case beast::http::verb::put: return Method::put;
    case beast::http::verb::options: return Method::options;
    default: return Method::other;
  }
}

RequestHead head_of(const Parser& parser, const Origin& origin) {
  const auto& message = parser.get();
  RequestHead head;
  head.method = method_of(message.method());
  head.target_text = std::string(message.target());
  head.target = parse_target(head.target_text);
  for (const auto& field : message) head.headers.add(std::string(field.name_string()), std::string(field.value()));
  // The parser reads other codings as no body, and what follows as the next request.
  const std::string_view coding = head.headers.find("Transfer-Encoding");
  head.odd_coding = head.headers.count("Transfer-Encoding") > 1 || !(coding.empty() || same_name(coding, "chunked"));
  head.keep_alive = parser.keep_alive() && !head.odd_coding;
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.has_body = parser.chunked() || head.content_length.value_or(0) != 0;
  head.open = origin.open;
  head.local_socket = origin.local_socket;
  return head;
}

/// A request for a worker, and the coroutine that waits for its answer. Whatever becomes of it, the coroutine goes on,
/// on its own loop.
template <typename Handler>
class Pending {
 public:
  Pending(Handler handler, Response if_forgotten)
      : work_(asio::get_associated_executor(handler)),
        handler_(std::move(handler)),
        if_forgotten_(std::move(if_forgotten)) {}
  ~Pending() {
    if (handler_) finish(std::move(if_forgotten_));
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  void finish(Response response) {
    auto handler = std::make_shared<Handler>(std::move(*handler_));
    handler_.reset();
    auto answer = std::make_shared<Response>(std::move(response));
    asio::post(work_.get_executor(), [handler, answer] { std::move (*handler)(std::move(*answer)); });
  }

 private:
  asio::executor_work_guard<asio::associated_executor_t<Handler>> work_;
  std::optional<Handler> handler_;
  Response if_forgotten_;
};

/// Runs the job in the pool and waits for what it returns; `if_full` when the pool does not take it.
Awaitable<Response> run_in(WorkerPool& pool, const std::function<Response()>& job, const Response& if_full) {
  const auto start = [&](auto handler) {
    auto pending = std::make_shared<Pending<decltype(handler)>>(std::move(handler), if_full);
    pool.submit([pending, job] { pending->finish(job()); });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(start, asio::use_awaitable);
}

/// g++ 12 makes wrong code of a `co_await` in a condition, and destroys temporaries in its expression twice: each stands
/// in a statement of its own, and what it is given has a name. docs/decisions/http-server.md.
/// One connection: its requests one after the other, so that those which a client sends ahead wait in the buffer.
template <typename Stream>
class Connection final : public IoLoop::Idle {
 public:
  template <typename... Arguments>
  Connection(Serving& serving, IoLoop& loop, Origin origin, Arguments&&... arguments)
      : serving_(serving),
        loop_(loop),
        origin_(std::move(origin)),
        stream_(std::forward<Arguments>(arguments)...),
        buffer_(serving.limits.header_bytes + kReadBuffer) {}

  void close() override { raw(stream_).close(); }

  Awaitable<void> run(bool there_is_room) {
    if (!there_is_room) {
      co_await turn_away();
      co_return;
    }
    bool more = co_await shake_hands();
    while (more) more = co_await serve_one();
  }

 private:
  using Answered = std::optional<Response>;

  void expire_at(Clock::time_point t) { raw(stream_).expires_at(t); }
  void expire_after(Micros d) { raw(stream_).expires_after(duration_of(d)); }
  /// What a client that is slow, but not too slow, needs for so many bytes.
  Clock::duration allowance(std::size_t bytes) const {
    const auto rate = std::max<std::size_t>(serving_.limits.body_rate, 1);
    return duration_of(serving_.limits.body_grace + Micros{static_cast<std::int64_t>(bytes * 1'000'000 / rate)});
  }
  void note(error_code error) {
    if (error == beast::error::timeout) ++serving_.counters.timed_out;
  }

  Awaitable<bool> shake_hands() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      expire_after(serving_.limits.header_timeout);
      error_code error;
      co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                       asio::redirect_error(asio::use_awaitable, error));
      note(error);
      co_return !error;
    }
    co_return true;
  }

  /// No room for this connection: it is told so, where that is cheap.
  Awaitable<void> turn_away() {
    ++serving_.counters.refused_connections;
    if constexpr (std::is_same_v<Stream, RawStream>) {
      const Response response = Api::busy(nullptr, {}, "too many connections are open; try again");
      co_await write(response, false, true);
      co_await linger();
    }
  }

  /// Returns whether another request may follow.
  Awaitable<bool> serve_one() {
    if (buffer_.size() == 0) {
      const bool began = co_await wait_for_request();
      if (!began) co_return false;
    }
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(serving_.limits.header_bytes));
    parser.body_limit(boost::none);  // read_body() counts.
    expire_after(serving_.limits.header_timeout);
    error_code error;
    co_await beast::http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_await refuse_header(error);
      co_return false;
    }

    const auto begun = Clock::now();
    Request request;
    request.head = head_of(parser, origin_);
    const Api::Admission admission = serving_.api.admit(request.head, loop_.pages);
    Response response = co_await respond(parser, request, admission);
    const ViewPage::Ready* ready = response.page ? &response.page->answer(request.head.headers) : nullptr;
    ByteBudget::Share held(serving_.answers);
    const std::size_t size = ready != nullptr ? ready->body_bytes() : response.body.size();
    const bool large = size > kSmallAnswer && !request.head.granted.admin;
    if (large && !held.grow_to(size)) {
      ready = nullptr;
      response = Api::busy(admission.route, request.head,
                           "too many large answers are on their way; try again, or ask for less");
    }
    const bool read_all = parser.is_done();
    const bool keep = request.head.keep_alive && read_all && !serving_.stopping;
    const bool with_body = request.head.method != Method::head;
    bool sent = false;
    if (ready != nullptr)
      sent = co_await write_page(*response.page, *ready, keep, with_body);
    else
      sent = co_await write(response, keep, with_body);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
    serving_.counters.answered(admission.route == nullptr ? "none" : admission.route->name,
                               ready != nullptr ? ready->status : response.status, Micros{took.count()});
    if (!sent) co_return false;
    if (!keep && (!read_all || buffer_.size() != 0)) co_await linger();
    if (!keep) co_await say_goodbye();
    co_return keep;
  }

  /// Waits for the first bytes of a request. Whoever is here can be closed to make room.
  Awaitable<bool> wait_for_request() {
    if (serving_.stopping) co_return false;
    if (buffer_.capacity() > kHeaderPiece) buffer_.shrink_to_fit();
    const IoLoop::Mark idle(loop_, *this);
    expire_after(serving_.limits.idle_timeout);
    error_code error;
    const std::size_t n = co_await stream_.async_read_some(buffer_.prepare(kHeaderPiece),
                                                           asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(n);
    note(error);
    co_return !error;
  }

  /// A header that is none.
  Awaitable<void> refuse_header(error_code error) {
    note(error);
    const bool too_large = error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow;
    const error_code any_of_http = beast::http::error::end_of_stream;
    if (error.category() != any_of_http.category() || error == beast::http::error::end_of_stream ||
        error == beast::http::error::partial_message)
      co_return;
    const unsigned status = too_large ? 431 : error == beast::http::error::bad_version ? 505 : 400;
    const Response response = Response::error(
        status, too_large ? "the request's header is too large" : "this is no HTTP/1.1 request: " + error.message());
    co_await write(response, false, true);
    serving_.counters.answered("none", status, {});
    co_await linger();
  }

  Awaitable<Response> respond(Parser& parser, Request& request, const Api::Admission& admission) {
    if (admission.refusal) co_return *admission.refusal;
    ByteBudget::Share share(serving_.bodies);
    if (request.head.has_body) {
      const Answered uninvited = co_await invite_body(request);
      if (uninvited) co_return *uninvited;
      const Answered refusal = co_await read_body(parser, request, admission, share);
      if (refusal) co_return *refusal;
    }
    if (admission.page) {
      Response response;
      response.page = admission.page;
      co_return response;
    }
    if (admission.route->lane == Lane::at_once) co_return serving_.api.answer(admission, request, share);
    const Response full = Api::busy(admission.route, request.head, "too many requests wait; try again");
    const std::function<Response()> job = [&] { return serving_.api.answer(admission, request, share); };
    WorkerPool& pool = serving_.pool(admission.route->lane);
    co_return co_await run_in(pool, job, full);
  }

  /// Says so to a client that wants to be asked for its body.
  Awaitable<Answered> invite_body(const Request& request) {
    const std::string_view expect = request.head.headers.find("Expect");
    if (expect.empty()) co_return std::nullopt;
    if (!same_name(expect, "100-continue")) co_return Response::error(417, "only 100-continue can be expected");
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    expire_after(serving_.limits.body_grace);
    error_code error;
    co_await asio::async_write(stream_, asio::buffer(kContinue), asio::redirect_error(asio::use_awaitable, error));
    co_return std::nullopt;  // What went wrong shows when the body is read.
  }

  /// Reads the body into the request. A client that is too slow or leaves ends it with a status that nobody sees.
  Awaitable<Answered> read_body(Parser& parser, Request& request, const Api::Admission& admission,
                                ByteBudget::Share& share) {
    const std::size_t limit = admission.max_body;
    std::string& body = request.body;
    // Memory that is reserved and not written takes none.
    if (request.head.content_length) body.reserve(static_cast<std::size_t>(*request.head.content_length));
    buffer_.reserve(kReadBuffer);
    std::size_t size = 0, piece = kFirstBodyPiece;
    const auto begun = Clock::now();
    while (!parser.is_done()) {
      if (size == body.size()) {
        // One byte more than allowed, to see that there is one.
        const std::size_t wanted = std::min(size + piece, limit + 1);
        if (size > limit)
          co_return Api::error(admission.route, request.head, 413,
                               "the body is larger than " + std::to_string(limit) + " bytes; send it in parts");
        if (!share.grow_to(wanted))
          co_return Api::busy(admission.route, request.head, "too many bodies are open at once; try again");
        body.resize(wanted);
        piece = std::min(piece * 2, kBodyPiece);
      }
      auto& target = parser.get().body();
      target.data = body.data() + size;
      target.size = body.size() - size;
      target.more = true;
      expire_at(begun + allowance(size));
      error_code error;
      const std::size_t room = target.size;
      co_await beast::http::async_read_some(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
      const std::size_t got = room - parser.get().body().size;
      size += got;
      serving_.counters.received_bytes += got;
      if (error == beast::http::error::need_buffer) error = {};
      if (error) {
        note(error);
        raw(stream_).close();
        co_return Api::error(admission.route, request.head, error == beast::error::timeout ? 408 : 400,
                             "the body did not come");
      }
    }
    if (size > limit)
      co_return Api::error(admission.route, request.head, 413,
                           "the body is larger than " + std::to_string(limit) + " bytes; send it in parts");
    body.resize(size);
    co_return std::nullopt;
  }

  Awaitable<bool> write(const Response& response, bool keep_alive, bool with_body) {
    const std::string header = header_text(response, serving_.host.now(), keep_alive);
    const std::string_view first = header, second = with_body ? std::string_view(response.body) : std::string_view();
    co_return co_await write_parts(first, second);
  }

  Awaitable<bool> write_page(const ViewPage& page, const ViewPage::Ready& ready, bool keep_alive, bool with_body) {
    const Instant now = serving_.host.now();
    const std::string opening = page.opening(ready, now, loop_.date(now), keep_alive);
    const std::string_view first = opening, second = with_body ? std::string_view(ready.bytes) : ready.head();
    co_return co_await write_parts(first, second);
  }

  Awaitable<bool> write_parts(std::string_view first, std::string_view second) {
    const std::array buffers = {asio::buffer(first), asio::buffer(second)};
    expire_at(Clock::now() + allowance(first.size() + second.size()));
    error_code error;
    co_await asio::async_write(stream_, buffers, asio::redirect_error(asio::use_awaitable, error));
    note(error);
    co_return !error;
  }

  /// Ends the connection so that the client sees its answer: closing a socket with bytes that were not read would
  /// destroy what is on its way.
  Awaitable<void> linger() {
    error_code error;
    raw(stream_).expires_after(duration_of(serving_.limits.linger_timeout));
    if constexpr (std::is_same_v<Stream, RawStream>) {
      stream_.socket().shutdown(Socket::shutdown_send, error);
      if (error) co_return;
    }
    std::string thrown_away(kReadBuffer, '\0');
    // Not note(): this is not a client that the server has waited for.
    while (!error)
      co_await raw(stream_).async_read_some(asio::buffer(thrown_away),
                                            asio::redirect_error(asio::use_awaitable, error));
  }

  /// TLS has an end of its own, by which a client knows that nothing was cut off.
  Awaitable<void> say_goodbye() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      expire_after(serving_.limits.linger_timeout);
      error_code error;
      co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    }
    co_return;
  }

  Serving& serving_;
  IoLoop& loop_;
  Origin origin_;
  Stream stream_;
  beast::flat_buffer buffer_;
};

/// Counts the connection for as long as it is there.
class Counted {
 public:
  explicit Counted(Serving& serving) : serving_(serving), before_(serving.counters.open_connections++) {
    ++serving.counters.accepted_connections;
  }
  ~Counted() {
    const std::lock_guard lock(serving_.open_mutex);
    if (--serving_.counters.open_connections == 0) serving_.all_closed.notify_all();
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  bool fits() const { return before_ < serving_.limits.connections; }

 private:
  Serving& serving_;
  std::uint64_t before_;
};

/// One who comes when all places are taken gets that of one who is idle.
bool make_room(Serving& serving, IoLoop& loop) {
  if (!loop.close_oldest_idle()) return false;
  ++serving.counters.evicted_connections;
  return true;
}

Awaitable<void> serve(Serving& serving, IoLoop& loop, Socket socket, Origin origin) {
  try {
    const Counted counted(serving);
    const bool there_is_room = counted.fits() || make_room(serving, loop);
    if (origin.tls) {
      const auto tls = origin.tls;
      Connection<TlsStream> connection(serving, loop, std::move(origin), RawStream(std::move(socket)), *tls);
      co_await connection.run(there_is_room);
    } else {
      Connection<RawStream> connection(serving, loop, std::move(origin), std::move(socket));
      co_await connection.run(there_is_room);
    }
  } catch (const std::exception&) {
    // No memory for this one, or the system's: the others go on.
  }
}

}  // namespace

void serve_connection(Serving& serving, IoLoop& loop, Socket socket, Origin origin) {
  asio::co_spawn(loop.context, serve(serving, loop, std::move(socket), std::move(origin)), asio::detached);
}

}  // namespace tidemark::http
