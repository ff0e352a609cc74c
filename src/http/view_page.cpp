#include "http/view_page.hpp"

#include <algorithm>

#include <tidemark/errors.hpp>

#include "http/content_coding.hpp"
#include "model/digest.hpp"
#include "render/table.hpp"

namespace tidemark::http {
namespace {

/// For how long a page without a schedule, or whose refresh is due, may be kept.
constexpr std::int64_t kShortSeconds = 5, kOverdueSeconds = 1;
constexpr std::int64_t kLongestSeconds = 24 * 3600;  // Somebody may refresh it before its time.
constexpr std::size_t kRowsAtOnce = 256;

Instant ended(const Refresh& refresh) { return refresh.completed.value_or(refresh.started); }

void append_member(std::string& out, std::string_view key, const Value& value) {
  append_json_text(out, key);
  out += ": ";
  append_json(out, value);
}

/// Everything before the columns: what changes with each attempt, also when no row does.
std::string document_head(const ViewInfo& info) {
  const Refresh& last = info.last ? *info.last : *info.success;
  std::string out = "{\n";
  append_member(out, "view", Value(info.name));
  out += ",\n";
  append_member(out, "refreshed_at", Value(ended(*info.success)));
  out += ",\n\"last_refresh\": {";
  append_member(out, "status", Value(name_of(last.status)));
  out += ", ";
  append_member(out, "started_at", Value(last.started));
  // Errors name hosts and files. Anybody may know that there is one; the log says which.
  if (!info.is_public && last.status == Refresh::Status::failed) {
    out += ", ";
    append_member(out, "error", Value(last.error));
  }
  return out + "},\n";
}

[[noreturn]] void refuse_size(const std::string& view, std::size_t max_bytes) {
  throw InputError("view " + view + ": its rows make a page of more than " + std::to_string(max_bytes >> 20) +
                   " MiB, which is not served; give it a `limit`, a shorter `window` or fewer columns");
}

std::string document_rows(const ViewRows& view, std::size_t max_bytes) {
  const std::vector<std::string> keys = json_keys(view.table);
  std::string out = "\"columns\": [";
  for (std::size_t i = 0; i < keys.size(); ++i) out += (i == 0 ? "" : ", ") + keys[i];
  out += "],\n\"rows\": [";
  for (std::size_t begin = 0; begin < view.table.rows.size(); begin += kRowsAtOnce) {
    out += begin == 0 ? "\n" : ",\n";
    append_json_rows(out, view.table, keys, {begin, begin + kRowsAtOnce});
    if (out.size() > max_bytes) refuse_size(view.info.name, max_bytes);
  }
  return out + "]\n}\n";
}

ViewPage::Ready ready(unsigned status, std::string head, std::string_view body) {
  ViewPage::Ready answer{status, std::move(head), 0};
  answer.bytes += "\r\n";
  answer.head_bytes = answer.bytes.size();
  answer.bytes += body;
  answer.bytes.shrink_to_fit();
  return answer;
}

std::string body_fields(std::size_t bytes) {
  return "Content-Type: application/json\r\nContent-Length: " + std::to_string(bytes) + "\r\n";
}

std::string access_fields(bool is_public) {
  std::string fields = "X-Content-Type-Options: nosniff\r\n";
  if (is_public)
    fields +=
        "Access-Control-Allow-Origin: *\r\n"
        "Access-Control-Expose-Headers: ETag, Tidemark-Refreshed-At, Tidemark-Last-Refresh\r\n";
  return fields;
}

bool has_failed(const ViewInfo& info) { return info.last && info.last->status == Refresh::Status::failed; }

}  // namespace

ViewPage::ViewPage(const ViewRows& view, std::optional<Instant> next, std::size_t max_bytes, const ViewPage* before)
    : public_(view.info.is_public), next_(next) {
  if (view.info.success) {
    prepare_rows(view, max_bytes);
    by_date_ = told_by_date(before);
    return;
  }
  const std::string why = !view.table.notes.empty() ? view.table.notes.front()
                          : view.info.last          ? "no refresh of it has succeeded"
                                                    : "it was never refreshed";
  prepare_refusal(view.info, "the view '" + view.info.name + "' has no rows: " + why);
}

ViewPage::ViewPage(const ViewInfo& view, std::optional<Instant> next, const std::string& why)
    : public_(view.is_public), next_(next) {
  prepare_refusal(view, why);
}

void ViewPage::prepare_rows(const ViewRows& view, std::size_t max_bytes) {
  const std::string rows = document_rows(view, max_bytes);
  const std::string body = document_head(view.info) + rows;
  if (body.size() > max_bytes) refuse_size(view.info.name, max_bytes);
  const bool failed = has_failed(view.info);
  // Weak: who has these rows and knows how the last attempt went need not get the page again for its two times.
  etag_ = '"' + to_hex(DigestBuilder().add(rows).add(std::int64_t{failed}).finish()) + '"';
  last_modified_ = http_date(ended(*view.info.success));
  const std::string fields = access_fields(public_) + "Vary: Accept-Encoding\r\nETag: W/" + etag_ +
                             "\r\nLast-Modified: " + last_modified_ +
                             "\r\nTidemark-Refreshed-At: " + format_rfc3339(ended(*view.info.success)) +
                             "\r\nTidemark-Last-Refresh: " + (failed ? "failed" : "success") + "\r\n";
  plain_ = ready(200, body_fields(body.size()) + fields, body);
  unchanged_ = ready(304, fields, {});
  if (const auto packed = gzip_if_worth(body))
    gzip_ = ready(200, body_fields(packed->size()) + "Content-Encoding: gzip\r\n" + fields, *packed);
}

/// A date has whole seconds: it does not tell two pages of one second apart.
bool ViewPage::told_by_date(const ViewPage* before) const {
  if (before == nullptr || before->last_modified_ != last_modified_) return true;
  return before->etag_ == etag_ && before->by_date_;
}

void ViewPage::prepare_refusal(const ViewInfo& info, const std::string& why) {
  const std::string body = Response::error(503, why).body;
  plain_ = ready(503, body_fields(body.size()) + access_fields(info.is_public), body);
}

std::size_t ViewPage::bytes() const {
  return plain_.bytes.capacity() + unchanged_.bytes.capacity() + (gzip_ ? gzip_->bytes.capacity() : 0);
}

const ViewPage::Ready& ViewPage::answer(const Headers& request) const {
  if (last_modified_.empty()) return plain_;
  // A quoted tag cannot be a part of another one.
  const std::string_view known = request.find("If-None-Match");
  if (!known.empty() && (known == "*" || known.find(etag_) != std::string_view::npos)) return unchanged_;
  // Who has a page from another time has another page, whichever of the two is the later one.
  if (known.empty() && by_date_ && request.find("If-Modified-Since") == last_modified_) return unchanged_;
  return gzip_ && accepts_gzip(request.find("Accept-Encoding")) ? *gzip_ : plain_;
}

std::int64_t ViewPage::seconds_to_next(Instant now, std::int64_t otherwise) const {
  if (!next_) return otherwise;
  return std::clamp((*next_ - now).count / seconds(1).count, kOverdueSeconds, kLongestSeconds);
}

std::string ViewPage::opening(const Ready& answer, Instant now, std::string_view date, bool keep_alive) const {
  const std::string wait = std::to_string(seconds_to_next(now, kShortSeconds));
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(reason_phrase(answer.status));
  out.append("\r\nDate: ").append(date);
  if (answer.status == 503)
    out.append("\r\nCache-Control: no-store\r\nRetry-After: ").append(wait);
  else
    out.append("\r\nCache-Control: ").append(public_ ? "public" : "private").append(", max-age=").append(wait);
  return out.append(keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n");
}

}  // namespace tidemark::http
