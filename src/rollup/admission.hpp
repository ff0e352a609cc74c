#pragma once
#include <vector>

#include "rollup/identity_index.hpp"
#include "rollup/run_claims.hpp"
#include "rollup/write_request.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Decides which of a group's spans are accepted: those within the bounds of time whose identity is new, the first of
/// each, if they come by the way of their run, which the first one claims. Counts the others in their request's report. `forgotten_at`: the latest time at which identities were let go.
/// Threads: one at a time (whoever prepares the writer's next block).
std::vector<AcceptedSpan> admit(const std::vector<WaitingRequest*>& group, const Store& store,
                                const IdentityIndex& identities, RunClaims& claims, Instant forgotten_at);

}  // namespace tidemark
