-- Functions that hold rows, which came as texts, against what the SQL of a page gives.

-- How a column's values are compared. Quotients that PostgreSQL gives as numeric, averages and correlations, agree to 1e-12;
-- everything else is equal, doubles to the bit. Label sets come as JSON.
CREATE FUNCTION differs(name text, type regtype) RETURNS text IMMUTABLE LANGUAGE sql AS $$
SELECT format(CASE
    WHEN type = 'numeric'::regtype AND name ~ '^(average_.*|correlation)$'
      THEN 'NOT coalesce(abs(e.%1$I - a.%1$I::numeric) <= abs(e.%1$I) * 1e-12, e.%1$I IS NULL AND a.%1$I IS NULL)'
    WHEN type = 'float8'::regtype THEN 'float8send(e.%1$I) IS DISTINCT FROM float8send(a.%1$I::float8)'
    WHEN type = 'text[]'::regtype THEN 'to_json(e.%1$I)::text IS DISTINCT FROM a.%1$I'
    ELSE 'e.%1$I IS DISTINCT FROM a.%1$I::%2$s' END, name, type)$$;

CREATE FUNCTION columns_of(rows regclass) RETURNS TABLE (name text, type regtype, place int) STABLE LANGUAGE sql AS $$
SELECT attname::text, atttypid::regtype, attnum::int FROM pg_attribute
WHERE attrelid = rows AND attnum > 0 AND NOT attisdropped AND attname <> 'row_number'$$;

-- The order of rows counts, too.
CREATE FUNCTION differing_rows(expected regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  different text;
  result text;
BEGIN
  SELECT string_agg(differs(name, type), ' OR ') INTO different FROM columns_of(expected);
  EXECUTE format('SELECT count(*) FILTER (WHERE e.row_number IS NULL OR a.row_number IS NULL OR %s) || '' of '' || count(*)
    FROM %s AS e FULL JOIN actual AS a USING (row_number)', different, expected) INTO result;
  RETURN result;
END$$;

-- An empty table of texts, numbered as they come. The names, with commas between, have to be those of `expected`.
CREATE FUNCTION make_actual(expected regclass, names text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wanted text := (SELECT string_agg(name, ',' ORDER BY place) FROM columns_of(expected));
BEGIN
  IF names <> wanted THEN
    RAISE 'the columns are %, and should be %', names, wanted;
  END IF;
  DROP TABLE IF EXISTS actual;
  EXECUTE format('CREATE TABLE actual (%s text, row_number bigserial)', replace(names, ',', ' text, '));
END$$;

-- Fills it from a table at a sink.
CREATE FUNCTION fill_actual(rows regclass, in_order text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  names text;
  shown text;
BEGIN
  SELECT string_agg(name, ', '), string_agg(format(CASE WHEN r.type = 'text[]'::regtype THEN 'to_json(%I)' ELSE '%I' END, name), ', ')
  INTO names, shown FROM columns_of('actual') JOIN columns_of(rows) AS r USING (name);
  EXECUTE format('INSERT INTO actual (%s) SELECT %s FROM %s ORDER BY %s', names, shown, rows, in_order);
END$$;
