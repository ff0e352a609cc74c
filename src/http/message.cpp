#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "model/text.hpp"
#include "render/report.hpp"

namespace tidemark::http {

std::string http_date(Instant t) {
  static constexpr std::array kDays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970 began on a Thursday.
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = format_rfc3339(t);  // 1994-11-06T08:49:37.000000Z
  const auto day = static_cast<std::size_t>(t.us / days(1).count % 7);
  const auto month = static_cast<std::size_t>((iso[5] - '0') * 10 + iso[6] - '0' - 1);
  return std::string(kDays[day]) + ", " + iso.substr(8, 2) + ' ' + kMonths[month] + ' ' + iso.substr(0, 4) + ' ' +
         iso.substr(11, 8) + " GMT";
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Headers::find(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (same_name(key, name)) return value;
  return {};
}

bool Headers::has(std::string_view name) const { return count(name) != 0; }

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const auto& field) { return same_name(field.first, name); }));
}

Response Response::json(unsigned status, std::string body) { return {status, "application/json", std::move(body)}; }

Response Response::text(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

Response Response::error(unsigned status, std::string_view message) {
  std::string body = "{\"error\": ";
  append_json_text(body, message);
  return json(status, body + "}\n");
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

std::string media_type(std::string_view content_type) {
  return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

std::string header_text(const Response& response, Instant now, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(reason_phrase(response.status)) +
                    "\r\nDate: " + http_date(now) + "\r\n";
  if (!response.content_type.empty()) out += "Content-Type: " + response.content_type + "\r\n";
  if (response.status != 204 && response.status != 304)
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  bool may_be_kept = false;
  for (const auto& [name, value] : response.headers) {
    out += name + ": " + value + "\r\n";
    may_be_kept |= same_name(name, "Cache-Control");
  }
  // Answers are the sender's own data: no page may load them as a script or a frame, no cache keep them.
  if (!may_be_kept) out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

}  // namespace tidemark::http
