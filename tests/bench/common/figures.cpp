#include <fstream>
#include <limits>
#include <stdexcept>

#include "common/scenario.hpp"

namespace tidemark::bench {

void append_figures(const std::string& path, const Figures& figures) {
  std::ofstream out(path, std::ios::app);
  out.precision(std::numeric_limits<double>::max_digits10);
  for (const auto& [name, value] : figures) out << name << '\t' << value << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

Figures read_figures(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  Figures figures;
  std::string name;
  for (double value = 0; in >> name >> value;) figures[name] = value;
  return figures;
}

}  // namespace tidemark::bench
