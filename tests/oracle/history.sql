-- Assertions and versions (F3, F4), once for the whole history: whether a row is
-- new, stale or unchanged depends on nothing that comes later.

-- the catalogue in which a row arrived
CREATE TABLE applies AS SELECT DISTINCT at FROM cat_units;
ANALYZE;

CREATE TABLE said AS
WITH arrived AS (
	SELECT r.*, t.commit,
		(to_timestamp(c.time_ms / 1000.0) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
			AS received,
		(SELECT max(at) FROM applies WHERE at < t.commit) AS at
	FROM taken t JOIN rows r USING (batch, row) JOIN commits c USING (commit))
SELECT a.commit,
	-- its rank among the rows of the commit
	row_number() OVER (PARTITION BY a.commit ORDER BY a.row) - 1 AS row,
	a.definition, a.unit, a.period, a.source, a.document,
	a.action, a.again,
	-- F3: absent is the source's default; a delete without one is of all
	CASE WHEN a.action = 'merge' THEN coalesce(a.status, s.default_status, 'P')
		ELSE a.status END AS status,
	-- F6a, F7a: no number in a delete, no value beside 0/0
	CASE WHEN a.action = 'merge' AND NOT (i.place <> 'wmean'
		AND a.denominator IS NOT DISTINCT FROM 0) THEN a.value END AS value,
	CASE WHEN a.action = 'merge' THEN a.numerator END AS numerator,
	CASE WHEN a.action = 'merge' THEN a.denominator END AS denominator,
	CASE WHEN a.action = 'merge' THEN a.bound ELSE '=' END AS bound,
	-- F3, F3a
	CASE WHEN a.again THEN a.received
		WHEN a.released IS NOT NULL THEN a.released
		WHEN a.document IS NOT NULL
			THEN coalesce(d.released, d.date, '-infinity')
		ELSE a.received END AS released,
	row_number() OVER (PARTITION BY a.definition, a.unit, a.period
		ORDER BY a.commit, a.row) AS k
FROM arrived a
JOIN cat_indicators i ON i.at = a.at
	AND i.indicator || '@' || i.definition = a.definition
JOIN cat_sources s ON s.at = a.at AND s.source = a.source
LEFT JOIN cat_documents d ON d.at = a.at AND d.document = a.document;
CREATE INDEX ON said (k);
ANALYZE said;

CREATE TABLE versions (LIKE said);
CREATE INDEX ON versions (definition, unit, period);
CREATE TABLE verdicts (commit bigint, row bigint, verdict text);

-- later: a delete d withdraws v
CREATE FUNCTION withdraws(d versions, v versions) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
$$ SELECT (d).action = 'delete' AND (d).source = (v).source
	AND ((d).status IS NULL OR (d).status = (v).status) $$;
CREATE FUNCTION same(a said, b versions) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
$$ SELECT ((a).source, (a).action) = ((b).source, (b).action)
	AND (a).document IS NOT DISTINCT FROM (b).document
	AND (a).value IS NOT DISTINCT FROM (b).value
	AND (a).numerator IS NOT DISTINCT FROM (b).numerator
	AND (a).denominator IS NOT DISTINCT FROM (b).denominator
	AND (a).bound = (b).bound AND (a).status IS NOT DISTINCT FROM (b).status $$;

-- The k-th assertion of every key, those before it being judged.
CREATE FUNCTION judge(which bigint) RETURNS void LANGUAGE sql AS $$
	WITH judged AS (
		SELECT s.*, CASE
			WHEN s.action = 'merge' AND same(s, current.it) THEN 'unchanged'
			WHEN s.action = 'delete' AND NOT standing.any
				AND (s.again OR before.any) THEN 'unchanged'
			WHEN NOT s.again AND before.any THEN 'stale'
			ELSE 'new' END AS verdict
		FROM said s
		-- the current version of its source and status (F4a)
		LEFT JOIN LATERAL (
			SELECT v AS it FROM versions v
			WHERE (v.definition, v.unit, v.period)
					= (s.definition, s.unit, s.period)
				AND v.source = s.source AND v.action = 'merge'
				AND v.status = s.status
				AND NOT EXISTS (SELECT 1 FROM versions d
					WHERE (d.definition, d.unit, d.period)
							= (v.definition, v.unit, v.period)
						AND d.k > v.k AND withdraws(d, v))
			ORDER BY v.released DESC, v.commit DESC, v.row DESC LIMIT 1) current
			ON true
		-- something that it withdraws
		LEFT JOIN LATERAL (
			SELECT EXISTS (SELECT 1 FROM versions v
				WHERE (v.definition, v.unit, v.period)
						= (s.definition, s.unit, s.period)
					AND v.action = 'merge' AND v.source = s.source
					AND (s.status IS NULL OR s.status = v.status)
					AND NOT EXISTS (SELECT 1 FROM versions d
						WHERE (d.definition, d.unit, d.period)
								= (v.definition, v.unit, v.period)
							AND d.k > v.k AND withdraws(d, v))) AS any) standing
			ON s.action = 'delete'
		LEFT JOIN LATERAL (
			SELECT EXISTS (SELECT 1 FROM versions v
				WHERE (v.definition, v.unit, v.period)
						= (s.definition, s.unit, s.period)
					AND same(s, v)) AS any) before ON true
		WHERE s.k = which),
	kept AS (
		INSERT INTO versions
		SELECT commit, row, definition, unit, period, source, document, action,
			again, status, value, numerator, denominator, bound, released, k
		FROM judged WHERE verdict = 'new')
	INSERT INTO verdicts SELECT commit, row, verdict FROM judged $$;
SELECT format('SELECT judge(%s)', k)
FROM generate_series(1, (SELECT max(k) FROM said)) k \gexec
ANALYZE versions;
