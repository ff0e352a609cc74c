#pragma once
#include <string>
#include <vector>

#include "http/host.hpp"
#include "render/report.hpp"

/// The scheduler's jobs as status and routes show them. Pure.
namespace tidemark::http {

Report job_json(const Host::Job& job);
/// What status shows of them: how they went. Empty without jobs.
std::string jobs_summary(const std::vector<Host::Job>& jobs);
/// When they ran and when they run next, too.
std::string jobs_text(const std::vector<Host::Job>& jobs);

}  // namespace tidemark::http
