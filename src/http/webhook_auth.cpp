#include "http/webhook_auth.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <tidemark/errors.hpp>

#include <array>
#include <charconv>
#include <optional>

namespace tidemark::http {
namespace {

using Sha256 = std::array<unsigned char, 32>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Sha256 hmac_sha256(std::string_view secret, std::string_view text) {
  Sha256 out;
  unsigned int size = out.size();
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(), out.data(),
           &size) == nullptr)
    throw std::runtime_error("OpenSSL has no HMAC-SHA256");
  return out;
}

bool equal(const Sha256& a, const Sha256& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<Sha256> parse_hex(std::string_view text) {
  Sha256 out;
  if (text.size() != 2 * out.size()) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return out;
}

WebhookVerdict verify_signature(const Sha256& signature, std::string_view text, const WebhookSecrets& secrets) {
  bool found = false;
  for (const std::string& secret : secrets.all()) found |= equal(hmac_sha256(secret, text), signature);
  return found ? WebhookVerdict::genuine : WebhookVerdict::wrong;
}

/// A token is the secret itself. Both become digests under the token as a key, so that neither length nor content decides
/// how long it takes.
WebhookVerdict verify_token(std::string_view token, const WebhookSecrets& secrets) {
  if (token.empty()) return WebhookVerdict::no_proof;
  const Sha256 sent = hmac_sha256(token, token);
  bool found = false;
  for (const std::string& secret : secrets.all()) found |= equal(hmac_sha256(token, secret), sent);
  return found ? WebhookVerdict::genuine : WebhookVerdict::wrong;
}

struct Signed {
  std::string_view timestamp, signature;
};

/// `timestamp=…,signature=…`, in either order.
std::optional<Signed> split_signature(std::string_view header) {
  Signed out;
  const auto comma = header.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  for (std::string_view part : {header.substr(0, comma), header.substr(comma + 1)}) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.starts_with("timestamp=")) out.timestamp = part.substr(10);
    if (part.starts_with("signature=")) out.signature = part.substr(10);
  }
  return out.timestamp.empty() || out.signature.empty() ? std::nullopt : std::optional(out);
}

/// Seconds since 1970, up to the year 9999.
std::optional<Instant> parse_seconds(std::string_view text) {
  constexpr std::int64_t kEnd = 253'402'300'800;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value >= kEnd) return std::nullopt;
  return Instant{0} + seconds(value);
}

}  // namespace

WebhookSecrets::WebhookSecrets(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
  for (const std::string& secret : secrets_)
    if (secret.empty()) throw InputError("a webhook's secret is empty; expected at least one character");
}

std::string_view message_of(WebhookVerdict verdict) {
  switch (verdict) {
    case WebhookVerdict::genuine: return "genuine";
    case WebhookVerdict::no_secret: return "no secret is configured for this provider's webhooks; configure one";
    case WebhookVerdict::no_proof:
      return "the header with the signature or token is absent; set the secret at the sender";
    case WebhookVerdict::unreadable: return "the signature's header is not of the form that this provider documents";
    case WebhookVerdict::wrong:
      return "the signature or token is wrong; the sender's secret must be one of those configured";
    case WebhookVerdict::stale: return "the signature's time is more than 5 minutes from this machine's clock";
  }
  return "";
}

WebhookVerdict verify_github(std::string_view x_hub_signature_256, std::string_view body,
                             const WebhookSecrets& secrets) {
  constexpr std::string_view kScheme = "sha256=";
  if (secrets.empty()) return WebhookVerdict::no_secret;
  if (x_hub_signature_256.empty()) return WebhookVerdict::no_proof;
  if (!x_hub_signature_256.starts_with(kScheme)) return WebhookVerdict::unreadable;
  const auto signature = parse_hex(x_hub_signature_256.substr(kScheme.size()));
  return signature ? verify_signature(*signature, body, secrets) : WebhookVerdict::unreadable;
}

WebhookVerdict verify_buildkite(std::string_view x_buildkite_signature, std::string_view x_buildkite_token,
                                std::string_view body, const WebhookSecrets& secrets, Instant now) {
  if (secrets.empty()) return WebhookVerdict::no_secret;
  if (x_buildkite_signature.empty()) return verify_token(x_buildkite_token, secrets);
  const auto parts = split_signature(x_buildkite_signature);
  const auto signature = parts ? parse_hex(parts->signature) : std::nullopt;
  const auto at = parts ? parse_seconds(parts->timestamp) : std::nullopt;
  if (!signature || !at) return WebhookVerdict::unreadable;
  std::string text(parts->timestamp);
  text.append(".").append(body);
  const WebhookVerdict verdict = verify_signature(*signature, text, secrets);
  // Told only to who knows the secret.
  const bool fresh = now - *at <= kSignatureWindow && *at - now <= kSignatureWindow;
  return verdict == WebhookVerdict::genuine && !fresh ? WebhookVerdict::stale : verdict;
}

WebhookVerdict verify_gitlab(std::string_view x_gitlab_token, const WebhookSecrets& secrets) {
  return secrets.empty() ? WebhookVerdict::no_secret : verify_token(x_gitlab_token, secrets);
}

}  // namespace tidemark::http
