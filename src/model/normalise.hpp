#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Takes out of labels what changes with every run, so that the sets of two runs of one job are the same set:
///
///   `runs-on=18739662665,runner=2cpu/tag=x`  split on `,` and `/`; the part with the run's number is dropped
///   `codebuild-web-7316543-1`                `codebuild-web`
///   `ghr-job-id:…`, `ghr-run-id:…`           dropped
///   a label that is only per-run garbage     dropped
///   such a token inside a label              `*`
///
/// Garbage tokens are UUIDs, instance ids (`i-` and 8 to 17 hexadecimal digits), 12 and more hexadecimal digits, and 6
/// and more decimal digits, each bounded by non-alphanumeric characters or the label's ends.
/// Case is kept. The order is that of the input; the result may have repeats (model/key.hpp takes them out).
/// Cost: linear in the labels' bytes. Threads: any; pure.
std::vector<std::string> normalise_labels(const std::vector<std::string>& labels);

/// The same for a single text, such as a runner's name: each garbage token becomes `*`, and the number of a GitLab
/// `shared-runners-manager-7` or a GitHub-hosted `GitHub Actions 1028117893` does too, however short. A text is never
/// dropped: one that is only garbage becomes `*`.
std::string normalise_text(std::string_view text);

}  // namespace tidemark
