#include <array>

#include "http/routes/routes.hpp"
#include "http/webhook_auth.hpp"

/// Webhooks of CI systems. Each proves by a secret of its own that it is genuine; tokens play no part. Senders give a
/// hook up that fails often, and send nothing again: whatever is genuine and can be read is answered 200, also when
/// nothing in it is of interest.
namespace tidemark::http {
namespace {

struct Sender {
  const char* path;
  InputFormat format;
  WebhookVerdict (*verify)(const Request& request, const Access::Webhooks& secrets, Instant now);
};

WebhookVerdict from_github(const Request& request, const Access::Webhooks& secrets, Instant) {
  return verify_github(request.head.headers.find("X-Hub-Signature-256"), request.body, WebhookSecrets(secrets.github));
}

WebhookVerdict from_buildkite(const Request& request, const Access::Webhooks& secrets, Instant now) {
  const Headers& headers = request.head.headers;
  return verify_buildkite(headers.find("X-Buildkite-Signature"), headers.find("X-Buildkite-Token"), request.body,
                          WebhookSecrets(secrets.buildkite), now);
}

WebhookVerdict from_gitlab(const Request& request, const Access::Webhooks& secrets, Instant) {
  return verify_gitlab(request.head.headers.find("X-Gitlab-Token"), WebhookSecrets(secrets.gitlab));
}

constexpr std::array kSenders = {Sender{"/webhooks/github", InputFormat::github, from_github},
                                 Sender{"/webhooks/buildkite", InputFormat::buildkite, from_buildkite},
                                 Sender{"/webhooks/gitlab", InputFormat::gitlab, from_gitlab}};

unsigned status_of(WebhookVerdict verdict) {
  switch (verdict) {
    case WebhookVerdict::genuine: return 200;
    case WebhookVerdict::no_secret: return 403;
    case WebhookVerdict::no_proof:
    case WebhookVerdict::unreadable:
    case WebhookVerdict::wrong:
    case WebhookVerdict::stale: return 401;
  }
  return 401;
}

Response take(Services& services, const Sender& sender, const Request& request) {
  const auto access = services.access();
  const WebhookVerdict verdict = sender.verify(request, access->webhooks, services.host.now());
  if (verdict != WebhookVerdict::genuine) return Response::error(status_of(verdict), message_of(verdict));
  return ingest_answer(take_in(services, sender.path, request, context_for(services, sender.path, sender.format)));
}

}  // namespace

std::vector<Route> webhook_routes(Services& services) {
  std::vector<Route> routes;
  for (const Sender& sender : kSenders) {
    Route route;
    route.name = route.pattern = sender.path;
    route.method = Method::post;
    route.lane = Lane::ingest;
    route.max_body = services.limits.webhook_bytes;
    route.writes = true;
    route.as_it_comes = true;  // What is signed is what was sent.
    route.handle = [&services, &sender](const Request& request, const PathValues&) {
      return take(services, sender, request);
    };
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace tidemark::http
