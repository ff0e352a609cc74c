#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/time.hpp>

/// Whether a webhook was sent by who knows a secret. Pure: header values, the raw body (as it came, before anything is
/// decoded or inflated), secrets and the time come in, a verdict goes out.
/// All comparisons take the same time whatever differs: digests of equal length are compared, and every secret is tried.
/// Threads: any.
namespace tidemark::http {

/// The secrets that are good for one provider: several while one replaces another.
class WebhookSecrets {
 public:
  WebhookSecrets() = default;
  /// InputError when one is empty, which anybody would know. No message shows any of them.
  explicit WebhookSecrets(std::vector<std::string> secrets);

  bool empty() const { return secrets_.empty(); }
  const std::vector<std::string>& all() const { return secrets_; }

 private:
  std::vector<std::string> secrets_;
};

enum class WebhookVerdict {
  genuine,
  no_secret,   ///< None is configured, so nothing can be genuine.
  no_proof,    ///< The header that proves it is absent.
  unreadable,  ///< The header is not of its form.
  wrong,       ///< It was made with another secret, or for another body.
  stale,       ///< It was signed too long ago, or ahead of the clock: a recording, or a clock that is wrong.
};
/// For the answer and the log: what was wrong and what to do. Nothing that was sent is in it.
std::string_view message_of(WebhookVerdict verdict);

/// How far a signature's time may be from now, before or after.
inline constexpr Micros kSignatureWindow = minutes(5);

/// GitHub: `X-Hub-Signature-256: sha256=` and 64 hexadecimal digits, HMAC-SHA256 of the body. The older
/// `X-Hub-Signature` with SHA-1 proves nothing here.
WebhookVerdict verify_github(std::string_view x_hub_signature_256, std::string_view body,
                             const WebhookSecrets& secrets);

/// Buildkite: `X-Buildkite-Signature: timestamp=<seconds since 1970>,signature=<64 hexadecimal digits>`, HMAC-SHA256 of
/// `<timestamp>.<body>`, no further from `now` than kSignatureWindow; or, where that header is empty, `X-Buildkite-Token`
/// with the secret itself.
WebhookVerdict verify_buildkite(std::string_view x_buildkite_signature, std::string_view x_buildkite_token,
                                std::string_view body, const WebhookSecrets& secrets, Instant now);

/// GitLab: `X-Gitlab-Token` with the secret itself.
WebhookVerdict verify_gitlab(std::string_view x_gitlab_token, const WebhookSecrets& secrets);

}  // namespace tidemark::http
