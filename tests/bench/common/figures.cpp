#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <vector>

#include "common/scenario.hpp"
#include "common/stopwatch.hpp"

namespace tidemark::bench {

namespace fs = std::filesystem;

void append_figures(const std::string& folder, const std::string& scenario, const Figures& figures) {
  fs::create_directories(folder + "/figures");
  const std::string path = folder + "/figures/" + scenario + ".tsv";
  std::ofstream out(path, std::ios::app);
  out.precision(std::numeric_limits<double>::max_digits10);
  for (const auto& [name, value] : figures) out << name << '\t' << value << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

Figures read_figures(const std::string& folder) {
  std::map<std::string, std::vector<double>> all;
  for (const auto& file : fs::directory_iterator(folder + "/figures")) {
    std::ifstream in(file.path());
    std::string name;
    for (double value = 0; in >> name >> value;) all[name].push_back(value);
  }
  Figures figures;
  for (auto& [name, values] : all) figures[name] = median(std::move(values));
  return figures;
}

}  // namespace tidemark::bench
