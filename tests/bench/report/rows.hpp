#pragma once
#include <vector>

namespace tidemark::bench {

/// One line of the table: a figure, and what it is held against.
struct ReportRow {
  const char* what;  ///< Empty: the figure of the line above, against something else.
  const char* key;   ///< Of the figure; a line whose figure was not measured is left out.
  const char* unit;
  bool smaller_is_better = false;
  const char* against = nullptr;   ///< What the peer is called.
  const char* peer_key = nullptr;  ///< Its figure.
  /// What to reach; 0: nothing is asked. A ratio where there is a peer, else the figure itself.
  double floor = 0;
  double aim = 0;
};

struct ReportSection {
  const char* title;
  std::vector<ReportRow> rows;
};

/// The table, in its order. docs/performance.md explains every line.
const std::vector<ReportSection>& report_sections();

}  // namespace tidemark::bench
