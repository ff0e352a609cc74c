#include "sink/fleet_view.hpp"

#include <map>

#include "sink/sql.hpp"

namespace tidemark {
namespace {

std::string join(const std::vector<std::string>& items, std::string_view between) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : std::string(between)) + item;
  return text;
}

std::string text_array(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(quote_text(item));
  return "ARRAY[" + join(quoted, ", ") + "]::pg_catalog.text[]";
}

std::string type_of(SinkType type) {
  const std::string name(type_name(type, Dialect::postgres));
  return name.starts_with("text") ? "pg_catalog." + name : name;
}

/// The rows of a group are `t`; where they are looked up once more, `r`.
std::string of_row(const std::string& column, std::string_view row = "t") {
  return std::string(row) + "." + quote_name(column);
}

/// A row's values. Those of a bucket of one span are not there (docs/sinks.md, "State columns"): any of the percentiles
/// shows it. With operators that nobody's search_path changes, because functions are made of this that are expanded where
/// they are used.
std::string values_sql(const FleetRollup& rollup, const FleetColumn& column, std::string_view row) {
  std::string shown;
  for (const FleetColumn& other : rollup.columns)
    if (other.kind == AggregateKind::percentile_cont && other.states == column.states)
      shown += (shown.empty() ? "" : ", ") + of_row(other.name, row) + " OPERATOR(pg_catalog.*) " +
               std::to_string(other.divisor) + "::double precision";
  shown = "coalesce(" + shown + ")";
  return "coalesce(" + of_row(column.states.at(0), row) + ", CASE WHEN " + of_row("computed_counter", row) +
         " OPERATOR(pg_catalog.=) 1 AND " + shown + " IS NOT NULL THEN ARRAY[pg_catalog.round(" + shown +
         ")::bigint] END)";
}

std::string distribution_sql(const FleetRollup& rollup, const FleetColumn& column, std::string_view row,
                             const std::string& quoted_schema) {
  return "ROW(" + values_sql(rollup, column, row) + ", " + of_row(column.states.at(1), row) + ")::" + quoted_schema +
         ".distribution";
}

/// The columns of a group of rows `t`, in two levels: aggregates of the group ("states", which several columns may take
/// from), and what each column makes of those.
class MergedColumns {
 public:
  /// `again`: ` FROM … AS r WHERE …`, where to look up the rows of the group once more. What has to read distributions
  /// is then worked out only for groups that need it. Empty: from the rows at hand, as there is no key to look them up.
  MergedColumns(const FleetRollup& rollup, const std::string& schema, std::string again)
      : rollup_(rollup), schema_(quote_name(schema)), again_(std::move(again)) {
    for (const FleetColumn& column : rollup.columns) results_.push_back(cast(result_of(column), column));
  }

  /// `, expression AS s1, …`.
  std::string states() const {
    std::string list;
    for (const std::string& state : states_) list += ",\n    " + state;
    return list;
  }
  /// By FleetRollup::columns, of the group `g`.
  const std::vector<std::string>& results() const { return results_; }

 private:
  static std::string cast(const std::string& expression, const FleetColumn& column) {
    return "(" + expression + ")::" + type_of(column.type);
  }

  /// The name of a state; the same expression has one.
  std::string state(const std::string& expression) {
    // Upper case: no declared name has any.
    const auto [at, is_new] = names_.try_emplace(expression, "\"S" + std::to_string(names_.size() + 1) + "\"");
    if (is_new) states_.push_back(expression + " AS " + at->second);
    return "g." + at->second;
  }

  /// NULL as soon as one row does not know the column.
  static std::string when_known(const std::string& known, const std::string& expression) {
    return "CASE WHEN pg_catalog.bool_and(" + known + ") THEN " + expression + " END";
  }

  std::string result_of(const FleetColumn& column) {
    const std::string lead = of_row(column.lead);
    const auto state_of = [&](std::size_t i) { return of_row(column.states.at(i)); };
    switch (column.kind) {
      case AggregateKind::count:
        return state(when_known(lead + " IS NOT NULL", "pg_catalog.sum(" + lead + ")::bigint"));
      case AggregateKind::sum:
        return in_decimals(column, state(when_known(lead + " IS NOT NULL OR " + state_of(0) + " IS NOT NULL",
                                                    "pg_catalog.sum(" + lead + ")")));
      case AggregateKind::min:
      case AggregateKind::max: return extreme(column);
      case AggregateKind::avg:
        return state(when_known(state_of(1) + " IS NOT NULL", schema_ + ".average(pg_catalog.sum(" + state_of(0) + ")" +
                                                                  factor(column) + ", pg_catalog.sum(" + state_of(1) +
                                                                  "))"));
      case AggregateKind::first:
      case AggregateKind::last: return edge(column);
      case AggregateKind::count_distinct: return distinct(column);
      case AggregateKind::percentile_cont: return percentile(column);
      case AggregateKind::corr: return correlation(column);
    }
    return "NULL";
  }

  /// What turns a decimal in the leading column's unit into one in this column's: a power of ten, written as a decimal,
  /// because dividing a numeric may lose digits.
  static std::string factor(const FleetColumn& column) {
    if (column.divisor == column.lead_divisor) return {};
    if (column.lead_divisor > column.divisor) return " * " + std::to_string(column.lead_divisor / column.divisor);
    std::string digits = std::to_string(column.divisor / column.lead_divisor);
    return " * 0." + std::string(digits.size() - 2, '0') + "1";
  }

  /// With as many places as the column's unit has.
  static std::string in_decimals(const FleetColumn& column, const std::string& decimal) {
    if (column.divisor == column.lead_divisor) return decimal;
    const std::size_t places = std::to_string(column.divisor).size() - 1;
    return "pg_catalog.round(" + decimal + factor(column) + ", " + std::to_string(places) + ")";
  }

  /// A row's stored integer, whatever unit its leading column shows it in.
  static std::string integer(const FleetColumn& column) {
    const std::string lead = of_row(column.lead);
    if (column.lead_type != SinkType::real) return lead;
    const std::string guess = "pg_catalog.round(" + lead + " * " + std::to_string(column.lead_divisor) + ")::bigint";
    return "coalesce(" + of_row(column.states.back()) + ", " + guess + ")";
  }

  /// A stored integer in the column's unit.
  static std::string shown(const FleetColumn& column, const std::string& integer) {
    if (column.type != SinkType::real) return integer;
    return integer + "::double precision / " + std::to_string(column.divisor) + "::double precision";
  }

  std::string extreme(const FleetColumn& column) {
    const std::string lead = of_row(column.lead);
    const std::string units = of_row(column.states.at(0));
    const std::string known = lead + " IS NOT NULL OR " + units + " IS NOT NULL";
    const std::string function = column.kind == AggregateKind::min ? "pg_catalog.min(" : "pg_catalog.max(";
    // What is shown grows with the integer, so the extreme of what is shown is what the extreme shows.
    if (column.name == column.lead) return state(when_known(known, function + lead + ")"));
    // Without values the state says 0 beside a result of NULL.
    const std::string value = "CASE WHEN " + lead + " IS NOT NULL THEN " + integer(column) + " END";
    return shown(column, state(when_known(known, function + value + ")")));
  }

  /// The value of the earliest or latest row that has one. Identities decide between equal times, values between equal
  /// identities.
  std::string edge(const FleetColumn& column) {
    const std::string at = of_row(column.states.at(0));
    const std::string id = of_row(column.states.at(1));
    const bool list = column.lead_type == SinkType::text_list;
    const bool same = column.name == column.lead || column.lead_type != SinkType::real;
    std::string value = of_row(column.lead);
    // An array of arrays takes none of different lengths.
    if (list) value += "::pg_catalog.text";
    if (!same) value = integer(column);
    const std::string order = list ? schema_ + ".label_order(" + of_row(column.lead) + ")" : integer(column);
    const std::string way = column.kind == AggregateKind::last ? " DESC" : "";
    const std::string first = "(pg_catalog.array_agg(" + value + " ORDER BY " + at + way + ", " + id + way + ", " +
                              order + way + ") FILTER (WHERE pg_catalog.octet_length(" + id + ") > 0))[1]";
    const std::string merged = state(when_known(id + " IS NOT NULL", first));
    const bool converts = column.name != column.lead && column.type == SinkType::real;
    return converts ? shown(column, merged) : merged;
  }

  /// The row that an aggregate of of_several reads.
  std::string several(const std::string& column) const { return of_row(column, again_.empty() ? "t" : "r"); }

  /// An aggregate over all rows of a group, which is worked out only when the group has several, or when `lacks`, of a
  /// row, is true.
  std::string of_several(const std::string& lacks, const std::string& aggregate) {
    const std::string value = again_.empty() ? aggregate : "(SELECT " + aggregate + again_ + ")";
    return state("CASE WHEN pg_catalog.count(*) > 1 OR pg_catalog.bool_or(" + lacks + ") THEN " + value + " END");
  }

  /// The only row's own result.
  std::string own(const FleetColumn& column) { return state("pg_catalog.max(" + of_row(column.name) + ")"); }

  /// One row's own result, else what is merged.
  std::string own_or(const FleetColumn& column, const std::string& merged) {
    const std::string own_result = own(column);
    return "CASE WHEN g.agents = 1 AND " + own_result + " IS NOT NULL THEN " + own_result + " ELSE " + merged + " END";
  }

  std::string distinct(const FleetColumn& column) {
    const std::string digests = of_row(column.states.at(0));
    const std::string lacks = of_row(column.name) + " IS NULL AND " + digests + " IS NOT NULL";
    return own_or(column, of_several(lacks, schema_ + ".distinct_count(pg_catalog.array_agg(ROW(" +
                                                several(column.states[0]) + ")::" + schema_ + ".digest_set))"));
  }

  std::string percentile(const FleetColumn& column) {
    std::vector<std::string> fractions;
    std::vector<std::string> unknown;
    std::size_t place = 0;
    for (const FleetColumn& other : rollup_.columns) {
      if (other.kind != AggregateKind::percentile_cont || other.states != column.states) continue;
      unknown.push_back(of_row(other.name) + " IS NULL");
      fractions.push_back(other.percentile);
      if (other.name == column.name) place = fractions.size();
    }
    const std::string lacks = "CASE WHEN " + join(unknown, " OR ") + " THEN pg_catalog.cardinality(" +
                              values_sql(rollup_, column, "t") + ") > 0 END";
    const std::string row = again_.empty() ? "t" : "r";
    const std::string merged =
        of_several(lacks, schema_ + ".percentiles(" + quote_text("{" + join(fractions, ",") + "}") +
                              "::double precision[], pg_catalog.array_agg(" +
                              distribution_sql(rollup_, column, row, schema_) + "))");
    const std::string one = in_unit(column, "(" + merged + ")[" + std::to_string(place) + "]");
    return own_or(column, with_same_percentile(column, one));
  }

  static std::string in_unit(const FleetColumn& column, const std::string& units) {
    if (column.divisor == 1) return units;
    return units + " / " + std::to_string(column.divisor) + "::double precision";
  }

  /// One row whose distribution was dropped, by an agent that did not have this column, but shows the same percentile in
  /// another one.
  std::string with_same_percentile(const FleetColumn& column, const std::string& merged) {
    std::vector<std::string> same_unit, shown, divisors;
    for (const FleetColumn& other : rollup_.columns) {
      if (other.kind != AggregateKind::percentile_cont || other.states != column.states ||
          other.percentile != column.percentile)
        continue;
      shown.push_back(own(other));
      divisors.push_back(std::to_string(other.divisor));
      if (other.divisor == column.divisor && other.name != column.name) same_unit.push_back(shown.back());
    }
    if (shown.size() == 1) return merged;
    const std::string unshown =
        schema_ + ".unshown(ARRAY[" + join(shown, ", ") + "], ARRAY[" + join(divisors, ", ") + "]::double precision[])";
    std::string others = join(same_unit, ", ");
    if (same_unit.size() + 1 != shown.size()) others += (others.empty() ? "" : ", ") + in_unit(column, unshown);
    return "coalesce(" + merged + ", CASE WHEN g.agents = 1 THEN coalesce(" + others + ") END)";
  }

  std::string correlation(const FleetColumn& column) {
    const std::string n = of_row(column.states.at(0));
    // Where a row's squares have left 128 bits, so have everybody's.
    const std::string whole = n + " IS NOT NULL AND (" + n + " = 0 OR " + of_row(column.states.at(3)) + " IS NOT NULL)";
    std::vector<std::string> sums;
    for (const std::string& moment : column.states) sums.push_back("pg_catalog.sum(" + of_row(moment) + ")");
    return state(when_known(whole, schema_ + ".correlation(" + join(sums, ", ") + ")"));
  }

  const FleetRollup& rollup_;
  std::string schema_;
  std::string again_;
  std::map<std::string, std::string> names_;
  std::vector<std::string> states_;
  std::vector<std::string> results_;
};

std::string table_of(const FleetRollup& rollup, const std::string& schema) {
  return quote_name(schema) + "." + quote_name(rollup.name);
}

/// What a bucket's rows have in common.
std::vector<std::string> key_names(const FleetRollup& rollup) {
  std::vector<std::string> names;
  for (const SinkColumn& dimension : rollup.dimensions) names.push_back(dimension.name);
  names.emplace_back("bucket_key");
  if (rollup.every) names.emplace_back("bucket_start");
  return names;
}

/// Where a bucket's rows are found again, by the primary key.
std::string same_bucket(const FleetRollup& rollup, const std::string& schema) {
  std::string sql = " FROM " + table_of(rollup, schema) + " AS r WHERE ";
  std::vector<std::string> key = {rollup.dimensions.at(0).name};
  if (rollup.every) key.emplace_back("bucket_start");
  key.emplace_back("bucket_key");
  for (std::size_t i = 0; i < key.size(); ++i)
    sql += (i == 0 ? "" : " AND ") + of_row(key[i], "r") + " = " + of_row(key[i]);
  return sql;
}

std::string view_sql(const FleetRollup& rollup, const std::string& schema) {
  const MergedColumns merged(rollup, schema, same_bucket(rollup, schema));
  std::vector<std::string> shown;
  std::vector<std::string> key;
  for (const std::string& name : key_names(rollup)) {
    shown.push_back("g." + quote_name(name));
    key.push_back(of_row(name));
  }
  for (const char* counter : {"update_counter", "computed_counter", "agents", "finished"})
    shown.push_back("g." + quote_name(counter));
  for (std::size_t i = 0; i < rollup.columns.size(); ++i)
    shown.push_back(merged.results()[i] + " AS " + quote_name(rollup.columns[i].name));
  return "CREATE OR REPLACE VIEW " + quote_name(schema) + "." + quote_name(fleet_view_name(rollup.name)) +
         " AS\n  SELECT " + join(shown, ",\n    ") + "\n  FROM (SELECT " + join(key, ", ") +
         ",\n    pg_catalog.sum(t.update_counter)::bigint AS update_counter,"
         "\n    pg_catalog.sum(t.computed_counter)::bigint AS computed_counter,"
         "\n    pg_catalog.count(*) AS agents,\n    pg_catalog.bool_and(t.finished) AS finished" +
         merged.states() + "\n  FROM " + table_of(rollup, schema) + " AS t\n  GROUP BY " + join(key, ", ") + ") AS g";
}

std::string window_sql(const FleetRollup& rollup, const std::string& schema) {
  const MergedColumns merged(rollup, schema, "");
  const std::string library = quote_name(schema) + ".";
  std::vector<std::string> dimensions, dimension_types, columns, column_types;
  for (const SinkColumn& dimension : rollup.dimensions) {
    dimensions.push_back(dimension.name);
    dimension_types.emplace_back(type_name(dimension.type, Dialect::postgres));
  }
  for (const FleetColumn& column : rollup.columns) {
    columns.push_back(column.name);
    column_types.emplace_back(type_name(column.type, Dialect::postgres));
  }
  const std::string source = quote_text(rollup.name);
  const std::string dimension_arrays = text_array(dimensions) + ",\n    " + text_array(dimension_types);
  const std::string filter = library + "window_filter(" + source + ", filters,\n    " + dimension_arrays + ")";
  std::string sql = "CREATE OR REPLACE FUNCTION " + library + quote_name(fleet_window_name(rollup.name)) + "(";
  std::string begin = "BEGIN\n";
  std::string start = "NULL";
  std::string condition = filter;
  std::string use;
  if (rollup.every) {
    sql +=
        "\n  window_from timestamp with time zone DEFAULT NULL,\n  window_to timestamp with time zone DEFAULT NULL,"
        "\n  width interval DEFAULT NULL,";
    begin +=
        "  IF window_to <= window_from THEN\n    RAISE EXCEPTION 'window_to must be after window_from'"
        " USING ERRCODE = '22023';\n  END IF;\n";
    start =
        library + "window_start_sql(" + source + ", " + std::to_string(rollup.every->count / 1'000'000) + ", width)";
    condition +=
        " ||\n    CASE WHEN window_from IS NULL THEN '' ELSE ' AND t.bucket_start >= $1' END ||"
        "\n    CASE WHEN window_to IS NULL THEN '' ELSE ' AND t.bucket_start < $2' END";
    use = " USING window_from, window_to";
  }
  sql +=
      "\n  by_dimensions pg_catalog.text[] DEFAULT NULL,\n  filters pg_catalog.jsonb DEFAULT '{}',"
      "\n  columns pg_catalog.text[] DEFAULT NULL)\nRETURNS SETOF " +
      library + quote_name(fleet_view_name(rollup.name)) +
      "\nLANGUAGE plpgsql STABLE PARALLEL SAFE\nSET search_path = pg_catalog\nAS $tidemark$\n" + begin +
      "  RETURN QUERY EXECUTE " + library + "window_query(" + source + ", " + quote_text(table_of(rollup, schema)) +
      ",\n    " + start + ",\n    " + condition + ",\n    " + dimension_arrays + ",\n    " + text_array(columns) +
      ",\n    " + text_array(column_types) + ",\n    " + quote_text(merged.states()) + ",\n    " +
      text_array(merged.results()) + ",\n    by_dimensions, columns)" + use + ";\nEND\n$tidemark$";
  return sql;
}

/// A rollup's distributions, `duration_us` for `duration_us_values`, each by one of its columns.
std::map<std::string, const FleetColumn*> distributions(const FleetRollup& rollup) {
  std::map<std::string, const FleetColumn*> found;
  for (const FleetColumn& column : rollup.columns) {
    if (column.kind != AggregateKind::percentile_cont) continue;
    const std::string& values = column.states.at(0);
    found.emplace(values.substr(0, values.rfind('_')), &column);
  }
  return found;
}

}  // namespace

std::vector<std::string> fleet_statements(const FleetRollup& rollup, const std::string& schema) {
  std::vector<std::string> statements = {view_sql(rollup, schema), window_sql(rollup, schema)};
  for (const auto& [name, column] : distributions(rollup))
    statements.push_back("CREATE OR REPLACE FUNCTION " + quote_name(schema) + "." + quote_name(name) + "(m " +
                         table_of(rollup, schema) + ")\nRETURNS " + quote_name(schema) +
                         ".distribution\nLANGUAGE sql IMMUTABLE PARALLEL SAFE\nAS $tidemark$ SELECT " +
                         distribution_sql(rollup, *column, "m", quote_name(schema)) + " $tidemark$");
  return statements;
}

std::string fleet_index_sql(const FleetRollup& rollup, const std::string& schema) {
  if (!rollup.every) return {};
  return "CREATE INDEX IF NOT EXISTS " + quote_name(fleet_index_name(rollup.name)) + " ON " + table_of(rollup, schema) +
         " (" + quote_name(rollup.dimensions.at(0).name) + ", \"bucket_start\")";
}

std::string register_column_sql(const std::string& rollup, const FleetColumn& column, const std::string& schema) {
  const std::string table = quote_name(schema) + ".rollup_columns";
  return "INSERT INTO " + table +
         " (rollup, name, position, definition, kind, type, divisor, percentile, lead_name, lead_type, lead_divisor,"
         " states)\nSELECT " +
         quote_text(rollup) + ", " + quote_text(column.name) + ", coalesce(pg_catalog.max(c.position), 0) + 1, " +
         quote_text(column.definition) + ", " + quote_text(name_of(column.kind)) + ", " +
         quote_text(type_name(column.type, Dialect::postgres)) + ", " + std::to_string(column.divisor) + ", " +
         quote_text(column.percentile) + ", " + quote_text(column.lead) + ", " +
         quote_text(type_name(column.lead_type, Dialect::postgres)) + ", " + std::to_string(column.lead_divisor) +
         ", " + text_array(column.states) + "\nFROM " + table + " AS c WHERE c.rollup = " + quote_text(rollup) +
         "\nON CONFLICT (rollup, name) DO NOTHING";
}

std::string note_form_sql(const std::string& rollup, const std::string& schema) {
  const std::string place = quote_name(schema) + ".";
  return "INSERT INTO " + place + "fleet_views (rollup, form, columns)\nSELECT " + quote_text(rollup) + ", " +
         std::to_string(kFleetForm) + ", pg_catalog.count(*) FROM " + place +
         "rollup_columns AS c WHERE c.rollup = " + quote_text(rollup) +
         "\nON CONFLICT (rollup) DO UPDATE SET form = excluded.form, columns = excluded.columns";
}

}  // namespace tidemark
