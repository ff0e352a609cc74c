#include "http/api.hpp"

#include <algorithm>
#include <new>

#include <tidemark/errors.hpp>

#include "decode/inflate.hpp"
#include "http/browser_guard.hpp"
#include "http/routes/otlp_messages.hpp"
#include "http/routes/routes.hpp"
#include "model/text.hpp"

namespace tidemark::http {
namespace {

constexpr std::size_t kInflatePiece = 256u << 10;

std::string_view text_of(Method method) {
  return method == Method::post ? "POST" : method == Method::put ? "PUT" : "GET, HEAD";
}

bool fits(const Route& route, Method method) {
  return route.method == method || (route.method == Method::get && method == Method::head);
}

std::string too_large(std::size_t limit) {
  return "the body is larger than " + std::to_string(limit) + " bytes; send it in parts";
}

}  // namespace

Api::Api(Host& host, const Limits& limits, const std::vector<std::string>& host_names, Counters& counters,
         std::function<Load()> load, ViewPages& pages)
    : host_(host),
      host_names_(host_names),
      services_{host, limits, counters, rejects_, [this] { return secrets()->access; }, std::move(load), pages},
      routes_(make_routes(services_)) {
  set_access({});
}

void Api::set_access(Access access) {
  auto secrets = std::make_shared<Secrets>();
  secrets->tokens = TokenList(access.tokens);
  secrets->access = std::make_shared<const Access>(std::move(access));
  const std::lock_guard lock(secrets_mutex_);
  secrets_ = std::move(secrets);
}

std::shared_ptr<const Api::Secrets> Api::secrets() const {
  const std::lock_guard lock(secrets_mutex_);
  return secrets_;
}

Api::Admission Api::admit(RequestHead& head, ViewPages::Reader& pages) const {
  Admission admission = find_route(head);
  if (admission.refusal) return admission;
  const Route& route = *admission.route;
  admission.max_body = route.max_body;
  if (route.has_pages)
    admission.page = pages.find(page_key(admission.values.front(), head.target->find("sink").value_or("")));
  const bool is_public =
      admission.page ? admission.page->is_public() : route.is_public && route.is_public(*head.target, admission.values);
  admission.refusal = refuse_caller(route, is_public, head);
  if (!admission.refusal && route.writes) {
    if (const auto refusal = host_.refuses_ingest())
      admission.refusal = busy(&route, head, refusal->message, refusal->retry_after_seconds);
  }
  if (!admission.refusal) admission.refusal = refuse_body(route, head);
  if (!admission.refusal && admission.page && head.target->find_other({"sink"}))
    admission.refusal = error(&route, head, 400, "a view's page takes no parameter but sink");
  return admission;
}

Api::Admission Api::find_route(const RequestHead& head) const {
  Admission admission;
  if (!head.target) {
    const bool too_long = head.target_text.size() > kMaxTargetBytes;
    admission.refusal = error(nullptr, head, too_long ? 414 : 400, "the request's target cannot be read");
    return admission;
  }
  if (head.odd_coding) {
    admission.refusal = error(nullptr, head, 400, "Transfer-Encoding may be chunked alone");
    return admission;
  }
  std::string allowed;
  for (const Route& route : routes_) {
    PathValues values;
    if (!matches(route.pattern, head.target->path, values)) continue;
    if (fits(route, head.method)) {
      admission.route = &route;
      admission.values = std::move(values);
      return admission;
    }
    if (allowed.empty()) admission.route = &route;
    allowed += std::string(allowed.empty() ? "" : ", ") + std::string(text_of(route.method));
  }
  if (allowed.empty()) {
    admission.refusal = error(nullptr, head, 404, "there is no such path");
  } else if (head.method == Method::options) {
    admission.refusal = Response{204, {}, {}};
    admission.refusal->headers.emplace_back("Allow", allowed + ", OPTIONS");
  } else {
    admission.refusal = error(admission.route, head, 405, "this path takes " + allowed);
    admission.refusal->headers.emplace_back("Allow", allowed + ", OPTIONS");
  }
  return admission;
}

std::optional<Response> Api::refuse_caller(const Route& route, bool is_public, RequestHead& head) const {
  const auto token = secrets()->tokens.find(head.headers.find("Authorization"));
  head.granted = head.open;
  if (token) {
    head.granted.ingest |= token->ingest;
    head.granted.read |= token->read;
    head.granted.admin |= token->admin;
  }
  if (!route.scope || is_public) return std::nullopt;
  if (!token && !head.local_socket && head.open.has(*route.scope)) {
    const auto foreign = refuse_foreign_page(head.headers.find("Host"), head.headers.find("Origin"), host_names_);
    if (foreign) return error(&route, head, 403, *foreign);
  }
  if (head.granted.has(*route.scope)) return std::nullopt;
  const std::string needed = "this takes a bearer token with the scope '" + std::string(name_of(*route.scope)) + "'";
  Response response = error(&route, head, token ? 403 : 401, needed);
  if (!token) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tidemark\"");
  return response;
}

std::optional<Response> Api::refuse_body(const Route& route, const RequestHead& head) const {
  if (!head.has_body) return std::nullopt;
  const std::string encoding = to_lower(trim(head.headers.find("Content-Encoding")));
  const bool plain = encoding.empty() || encoding == "identity";
  const bool known = plain || (!route.as_it_comes && (encoding == "gzip" || encoding == "x-gzip"));
  if (!known || head.headers.count("Content-Encoding") > 1) {
    Response response =
        error(&route, head, 415,
              route.as_it_comes ? "the body must not be compressed" : "Content-Encoding may be gzip alone");
    response.headers.emplace_back("Accept-Encoding", route.as_it_comes ? "identity" : "gzip");
    return response;
  }
  if (head.content_length && *head.content_length > route.max_body)
    return error(&route, head, 413, too_large(route.max_body));
  return std::nullopt;
}

std::optional<Response> Api::inflate(const Route& route, Request& request, ByteBudget::Share& share) const {
  const bool declared = request.head.headers.find("Content-Encoding").find("gzip") != std::string_view::npos;
  // Files are sent compressed without a word, too.
  if (!declared && !is_gzip(request.body)) return std::nullopt;
  if (route.as_it_comes) return error(&route, request.head, 415, "the body must not be compressed");
  Inflater inflater(route.max_body);
  std::string inflated;
  bool room = true;
  const InflateResult result = inflater.feed(request.body, [&](std::string_view piece) {
    if (!room) return;
    if (inflated.size() + piece.size() > inflated.capacity())
      inflated.reserve(std::max(inflated.capacity() * 2, kInflatePiece));
    room = share.grow_to(request.body.size() + inflated.size() + piece.size());
    if (room) inflated.append(piece);
  });
  if (!room) return busy(&route, request.head, "too many bodies are open at once; try again");
  if (result == InflateResult::too_large) return error(&route, request.head, 413, too_large(route.max_body));
  if (result != InflateResult::done || is_gzip(inflated))
    return error(&route, request.head, 400, "the body is not what Content-Encoding says: damaged or cut off gzip");
  request.body = std::move(inflated);
  return std::nullopt;
}

Response Api::answer(const Admission& admission, Request& request, ByteBudget::Share& share) const {
  const Route& route = *admission.route;
  try {
    if (auto refusal = inflate(route, request, share)) return *refusal;
    return route.handle(request, admission.values);
  } catch (const InputError& e) {
    return error(&route, request.head, 400, e.what());
  } catch (const StoreError& e) {
    // Spans that could not be written are the sender's to keep; it comes again.
    if (route.writes) return busy(&route, request.head, e.what(), 5);
    return error(&route, request.head, 500, e.what());
  } catch (const SinkError& e) {
    return error(&route, request.head, 502, e.what());
  } catch (const std::bad_alloc&) {
    return busy(&route, request.head, "there is not enough memory for this at present; try again");
  } catch (const std::exception& e) {
    return error(&route, request.head, 500, e.what());
  }
}

Response Api::error(const Route* route, const RequestHead& head, unsigned status, std::string_view message) {
  if (route != nullptr && route->otlp_errors) return otlp_error(head, status, message);
  return Response::error(status, message);
}

Response Api::busy(const Route* route, const RequestHead& head, std::string_view message,
                   std::uint32_t retry_after_seconds) {
  Response response = error(route, head, 503, message);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  return response;
}

}  // namespace tidemark::http
