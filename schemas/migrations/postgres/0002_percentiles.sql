-- Exact merging in plain SQL: what the views <rollup>_fleet and the functions <rollup>_window are made with, and what
-- anybody's own queries may use. docs/merging.md says how.
-- Functions set their search_path, so that nobody's session can put another meaning on a name in them.

-- One bucket's values: ascending, and how often each occurs; counts are NULL when all are 1.
DO $$ BEGIN CREATE TYPE {schema}.distribution AS (values bigint[], counts bigint[]); EXCEPTION WHEN duplicate_object THEN NULL; END $$;

-- One bucket's distinct values.
DO $$ BEGIN CREATE TYPE {schema}.digest_set AS (digests uuid[]); EXCEPTION WHEN duplicate_object THEN NULL; END $$;

-- Exact percentiles of everything in `parts`, as percentile_cont gives them over the single values. NULL when a part has
-- no values any more (its distribution was dropped), or when there are none.
CREATE OR REPLACE FUNCTION {schema}.percentiles(fractions double precision[], parts {schema}.distribution[])
RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
DECLARE
  lacking boolean;
  counted boolean;
  pairs bigint;
  singles bigint;
BEGIN
  SELECT bool_or(d.values IS NULL), bool_or(d.counts IS NOT NULL), sum(cardinality(d.values)),
         sum(cardinality(d.values)) FILTER (WHERE d.counts IS NULL)
    INTO lacking, counted, pairs, singles
    FROM unnest(parts) AS d;
  IF lacking THEN
    RETURN NULL;
  END IF;
  IF NOT counted THEN
    RETURN (SELECT percentile_cont(fractions) WITHIN GROUP (ORDER BY x.value::double precision)
              FROM (SELECT unnest(d.values) AS value FROM unnest(parts) AS d) AS x);
  END IF;
  -- Repeating a value is cheaper than weighing it, unless there are many of it.
  IF (SELECT coalesce(singles, 0) + sum(x.count) <= 4 * pairs
        FROM (SELECT unnest(d.counts) AS count FROM unnest(parts) AS d) AS x) THEN
    RETURN (SELECT percentile_cont(fractions) WITHIN GROUP (ORDER BY x.value::double precision)
              FROM (SELECT y.value, generate_series(1, coalesce(y.count, 1))
                      FROM (SELECT unnest(d.values) AS value, unnest(d.counts) AS count
                              FROM unnest(parts) AS d) AS y) AS x);
  END IF;
  IF EXISTS (SELECT FROM unnest(fractions) AS f WHERE NOT (f >= 0 AND f <= 1)) THEN
    RAISE EXCEPTION 'a percentile is between 0 and 1' USING ERRCODE = 'numeric_value_out_of_range';
  END IF;
  -- percentile_cont's own arithmetic, over ranks. Counts are whole and far below 2^53, so doubles add them exactly.
  RETURN (
    WITH weighed AS (
      SELECT y.value::double precision AS value, sum(coalesce(y.count, 1))::double precision AS count
        FROM (SELECT unnest(d.values) AS value, unnest(d.counts) AS count FROM unnest(parts) AS d) AS y
       GROUP BY 1),
    ranked AS MATERIALIZED (
      SELECT value, sum(count) OVER (ORDER BY value ROWS UNBOUNDED PRECEDING) AS up_to FROM weighed),
    wanted AS (
      SELECT f.i, f.fraction * ((SELECT max(up_to) FROM ranked) - 1) AS place
        FROM unnest(fractions) WITH ORDINALITY AS f(fraction, i)),
    neighbours AS (
      SELECT w.i, w.place,
             min(r.value) FILTER (WHERE r.up_to > floor(w.place)) AS low,
             min(r.value) FILTER (WHERE r.up_to > ceil(w.place)) AS high
        FROM wanted AS w CROSS JOIN ranked AS r
       GROUP BY w.i, w.place)
    SELECT array_agg(CASE WHEN floor(place) = ceil(place) THEN low
                          ELSE low + ((place - floor(place)) * (high - low)) END ORDER BY i)
      FROM neighbours);
END
$$;

-- One of them: SELECT percentile(0.95, array_agg((duration_us_values, duration_us_counts)::distribution)) / 1e6 …
CREATE OR REPLACE FUNCTION {schema}.percentile(fraction double precision, parts {schema}.distribution[])
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
BEGIN
  RETURN ({schema}.percentiles(ARRAY[fraction], parts))[1];
END
$$;

-- A percentile in stored units, of which columns in units of their own (`divisors`) show `shown`; NULLs among these are
-- passed over. Dividing is not invertible to the bit, so the neighbouring doubles are tried.
CREATE OR REPLACE FUNCTION {schema}.unshown(shown double precision[], divisors double precision[])
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
DECLARE
  guess double precision;
  candidate double precision;
  bits bigint;
BEGIN
  SELECT s.value * s.divisor INTO guess FROM unnest(shown, divisors) WITH ORDINALITY AS s(value, divisor, i)
   WHERE s.value IS NOT NULL ORDER BY s.i LIMIT 1;
  IF guess IS NULL OR guess = 0 THEN
    RETURN guess;
  END IF;
  FOR i IN 0 .. 8 LOOP
    bits := ('x' || encode(float8send(guess), 'hex'))::bit(64)::bigint + CASE i % 2 WHEN 0 THEN -i / 2 ELSE (i + 1) / 2 END;
    candidate := sign(guess) * ((bits & 4503599627370495) + 4503599627370496)::double precision
      * power(2::double precision, (bits >> 52 & 2047) - 1075);
    IF NOT EXISTS (SELECT FROM unnest(shown, divisors) AS s(value, divisor) WHERE candidate / s.divisor <> s.value) THEN
      RETURN candidate;
    END IF;
  END LOOP;
  RETURN guess;
END
$$;

-- How many different values all of `parts` have together. NULL when a part does not know its own.
CREATE OR REPLACE FUNCTION {schema}.distinct_count(parts {schema}.digest_set[])
RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
BEGIN
  IF EXISTS (SELECT FROM unnest(parts) AS p WHERE p.digests IS NULL) THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT count(*) FROM (SELECT DISTINCT unnest(p.digests) FROM unnest(parts) AS p) AS d);
END
$$;

-- total / count as the nearest double; NULL over none. With 80 places behind the point no quotient of a 128-bit sum can
-- fall on the wrong side of the middle between two doubles.
CREATE OR REPLACE FUNCTION {schema}.average(total numeric, count numeric)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
BEGIN
  IF count = 0 THEN
    RETURN NULL;
  END IF;
  RETURN round(total, 80) / count;
END
$$;

-- Pearson's correlation from exact sums, as the nearest double. NULL when x or y is a constant, or when the sums of
-- squares have left 128 bits. 300 places are enough for roots of such sums, as 80 are above.
CREATE OR REPLACE FUNCTION {schema}.correlation(n numeric, x numeric, y numeric, xx numeric, yy numeric, xy numeric)
RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
DECLARE
  most CONSTANT numeric := 170141183460469231731687303715884105727;
  squares numeric := (n * xx - x * x) * (n * yy - y * y);
BEGIN
  IF squares = 0 OR xx > most OR yy > most THEN
    RETURN NULL;
  END IF;
  RETURN (n * xy - x * y) / sqrt(round(squares, 300));
END
$$;

-- Orders label sets as the agents do where nothing else decides: by their number, then each by its length and bytes.
CREATE OR REPLACE FUNCTION {schema}.label_order(labels text[])
RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog
AS $$
BEGIN
  RETURN decode(lpad(to_hex(cardinality(labels)), 2, '0'), 'hex') || coalesce((
    SELECT string_agg(CASE WHEN b.length < 128 THEN decode(lpad(to_hex(b.length), 2, '0'), 'hex')
                           ELSE decode(to_hex(b.length & 127 | 128) || lpad(to_hex(b.length >> 7), 2, '0'), 'hex')
                      END || b.bytes, ''::bytea ORDER BY b.i)
      FROM (SELECT i, convert_to(label, 'UTF8') AS bytes, octet_length(convert_to(label, 'UTF8')) AS length
              FROM unnest(labels) WITH ORDINALITY AS l(label, i)) AS b), ''::bytea);
END
$$;

-- The conditions of filters such as {"owner": "acme", "labels": ["linux", "x64"], "default_branch": true}.
CREATE OR REPLACE FUNCTION {schema}.window_filter(source text, filters jsonb, dimension_names text[], dimension_types text[])
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog
AS $$
DECLARE
  conditions text := '';
  name text;
  value jsonb;
  type text;
BEGIN
  IF jsonb_typeof(filters) <> 'object' THEN
    RAISE EXCEPTION 'filters are an object, as {"owner": "acme"}; found %', filters USING ERRCODE = '22023';
  END IF;
  FOR name, value IN SELECT * FROM jsonb_each(filters) LOOP
    type := dimension_types[array_position(dimension_names, name)];
    IF type IS NULL THEN
      RAISE EXCEPTION '% has no dimension ''%''; it has %', source, name, array_to_string(dimension_names, ', ')
        USING ERRCODE = '22023';
    ELSIF type = 'text' AND jsonb_typeof(value) = 'string' THEN
      conditions := conditions || format(' AND t.%I = %L', name, value #>> '{}');
    ELSIF type = 'boolean' AND jsonb_typeof(value) IN ('boolean', 'null') THEN
      conditions := conditions || format(' AND t.%I IS NOT DISTINCT FROM %L::boolean', name, value #>> '{}');
    ELSIF type = 'text[]' AND jsonb_typeof(value) = 'array' THEN
      conditions := conditions || format(' AND t.%I = %L::text[]', name, (
        SELECT coalesce(array_agg(DISTINCT btrim(l, E' \t\n\x0b\f\r') COLLATE "C"), '{}')
          FROM jsonb_array_elements_text(value) AS l WHERE btrim(l, E' \t\n\x0b\f\r') <> ''));
    ELSE
      RAISE EXCEPTION 'the filter of ''%'' is %; found %', name,
        CASE type WHEN 'text' THEN 'a text' WHEN 'boolean' THEN 'true, false or null'
                  ELSE 'an array of texts, which is the whole set' END, value
        USING ERRCODE = '22023';
    END IF;
  END LOOP;
  RETURN conditions;
END
$$;

-- The start of a bucket's window, as SQL. Windows count from 1970 in UTC; those of whole weeks start on Mondays.
CREATE OR REPLACE FUNCTION {schema}.window_start_sql(source text, every_seconds bigint, width interval)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog
AS $$
DECLARE
  width_seconds double precision := date_part('epoch', width);
  origin bigint := 0;
BEGIN
  IF width_seconds = 0 THEN
    RETURN 'NULL::timestamptz';
  END IF;
  IF date_part('year', width) <> 0 OR date_part('month', width) <> 0 THEN
    RAISE EXCEPTION 'a window''s width is of days or less: months have no fixed length' USING ERRCODE = '22023';
  END IF;
  width_seconds := coalesce(width_seconds, every_seconds);
  IF width_seconds < 0 OR width_seconds <> every_seconds * round(width_seconds / every_seconds) THEN
    RAISE EXCEPTION 'a window''s width must be a multiple of %, the width of %, or 0 for one window over all',
      make_interval(secs => every_seconds), source USING ERRCODE = '22023';
  END IF;
  IF width_seconds = every_seconds THEN
    RETURN 't.bucket_start';
  END IF;
  IF width_seconds = 604800 * round(width_seconds / 604800) THEN
    origin := 345600;
  END IF;
  RETURN format('to_timestamp(floor((date_part(''epoch'', t.bucket_start) - %s) / %s) * %s + %s)', origin,
                width_seconds::bigint, width_seconds::bigint, origin);
END
$$;

-- The statement of a rollup's window function. `states` are aggregates over the rows t of a group, `results` what the
-- columns take from their group g.
CREATE OR REPLACE FUNCTION {schema}.window_query(source text, table_name text, window_sql text, condition text,
  dimension_names text[], dimension_types text[], column_names text[], column_types text[], states text, results text[],
  by_dimensions text[], wanted text[])
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog
AS $$
DECLARE
  unknown text;
  grouped text := '';
  shown text := '';
  ordered text := '';
  keys text := '1';
BEGIN
  SELECT n INTO unknown FROM unnest(by_dimensions) AS n WHERE n IS NULL OR n <> ALL (dimension_names);
  IF FOUND THEN
    RAISE EXCEPTION '% has no dimension ''%''; it has %', source, unknown, array_to_string(dimension_names, ', ')
      USING ERRCODE = '22023';
  END IF;
  SELECT n INTO unknown FROM unnest(wanted) AS n WHERE n IS NULL OR n <> ALL (column_names);
  IF FOUND THEN
    RAISE EXCEPTION '% has no column ''%''; it has %', source, unknown, array_to_string(column_names, ', ')
      USING ERRCODE = '22023';
  END IF;
  FOR i IN 1 .. cardinality(dimension_names) LOOP
    IF by_dimensions IS NULL OR dimension_names[i] = ANY (by_dimensions) THEN
      grouped := grouped || format(', t.%I AS d%s', dimension_names[i], i);
      shown := shown || format('g.d%s, ', i);
      ordered := ordered || format(', g.d%s NULLS FIRST', i);
      keys := keys || format(', t.%I', dimension_names[i]);
    ELSE
      shown := shown || format('NULL::%s, ', dimension_types[i]);
    END IF;
  END LOOP;
  shown := shown || 'NULL::bytea, ' || CASE WHEN window_sql IS NULL THEN '' ELSE 'g.w, ' END
    || 'g.updated, g.computed, g.agents, g.finished';
  FOR i IN 1 .. cardinality(column_names) LOOP
    shown := shown || ', ' || CASE WHEN coalesce(wanted, '{}') = '{}' OR column_names[i] = ANY (wanted) THEN results[i]
                                   ELSE 'NULL::' || column_types[i] END;
  END LOOP;
  -- OFFSET 0 keeps what several columns share from being worked out for each.
  RETURN format('SELECT %s FROM (SELECT %s AS w%s, sum(t.update_counter)::bigint AS updated,'
    ' sum(t.computed_counter)::bigint AS computed, count(*) AS agents, bool_and(t.finished) AS finished%s'
    ' FROM %s AS t WHERE true%s GROUP BY %s OFFSET 0) AS g ORDER BY g.w%s',
    shown, coalesce(window_sql, 'NULL::timestamptz'), grouped, states, table_name, condition, keys, ordered);
END
$$;

-- What the views and functions are made from: every column that any agent's definitions have declared. Agents add what
-- is missing and take nothing out.
CREATE TABLE IF NOT EXISTS {schema}.rollup_columns (
  rollup text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  definition text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  divisor bigint NOT NULL,
  percentile text COLLATE "C" NOT NULL,
  lead_name text COLLATE "C" NOT NULL,
  lead_type text COLLATE "C" NOT NULL,
  lead_divisor bigint NOT NULL,
  states text[] COLLATE "C" NOT NULL,
  PRIMARY KEY (rollup, name)
);

-- Which of them the views and functions have, and in which form they were written.
CREATE TABLE IF NOT EXISTS {schema}.fleet_views (
  rollup text COLLATE "C" PRIMARY KEY,
  form bigint NOT NULL,
  columns bigint NOT NULL
);
