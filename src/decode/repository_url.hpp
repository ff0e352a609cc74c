#pragma once
#include <string_view>

namespace tidemark {

/// `acme/api` out of `https://github.com/acme/api.git`, `git@host:acme/api`, or the address of a run or job below it
/// (`…/acme/api/actions/runs/1`, `…/acme/api/-/jobs/1`). Empty when there is none.
std::string_view repository_in_url(std::string_view url);
/// The same, but only out of the address of a run or job.
std::string_view repository_in_run_url(std::string_view url);
/// `1` out of the address of GitHub's run or job (`…/actions/runs/1/job/2`), or of GitLab's pipeline (`…/-/pipelines/1`).
std::string_view run_in_url(std::string_view url);

}  // namespace tidemark
