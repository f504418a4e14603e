-- What was sent, as plain rows: tables, COPY, and the calendar. :dir is where the
-- rows are. Nothing here has a meaning yet.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET work_mem = '256MB';
SET maintenance_work_mem = '256MB';

CREATE TABLE cat_units (unit text, code text, name text, name_en text, type text,
	level text, valid_from date, valid_to date, at bigint);
CREATE TABLE cat_maps (map text, name text, name_en text, root text, kind text,
	valid_from date, valid_to date, at bigint);
CREATE TABLE cat_membership (map text, unit text, parent text, weight numeric,
	valid_from date, valid_to date, at bigint);
CREATE TABLE cat_indicators (indicator text, definition text, name text,
	name_en text, unit_measure text, decimals int, factor numeric, direction text,
	scope text, counted text, of text, change_of text, change text, units text,
	place text, time text, accumulation text, frequency text, min numeric,
	max numeric, tolerance numeric, min_denominator numeric, jump numeric,
	criterion text, valid_from date, valid_to date, at bigint);
CREATE TABLE cat_reporting (indicator text, who text, map text, due_days int,
	grace_days int, floor numeric, valid_from date, valid_to date, at bigint);
CREATE TABLE cat_sources (source text, name text, under text, map text,
	indicators text, max_status text, default_status text, rank int, reports text,
	at bigint);
CREATE TABLE cat_documents (document text, number text, date date, released date,
	issuer text, title text, as_printed text, cited_in text, url text, at bigint);
CREATE TABLE commits (commit bigint, time_ms bigint);
CREATE TABLE rows (batch bigint, row int, definition text, unit text, period text,
	value numeric, numerator numeric, denominator numeric, status text, bound text,
	action text, source text, document text, released date, again boolean,
	head bigint, today date);
CREATE TABLE taken (batch bigint, row int, commit bigint);
CREATE TABLE completions (commit bigint, definition text, unit text, period text);
-- moments: what was known at a commit, and published by a day
CREATE TABLE shots (shot int, commit bigint, published date, dumped boolean);
-- answers
CREATE TABLE receipts (commit bigint, n_unchanged int, n_stale int);
CREATE TABLE figures (shot int, definition text, unit text, period text,
	value numeric, numerator numeric, denominator numeric, published numeric,
	status text, bound text, source text, document text, released date,
	commit bigint, row bigint, state text);
CREATE TABLE rollups (shot int, map text, definition text, unit text,
	period text, sum numeric, weight numeric, value numeric, status text,
	reporting numeric, stored boolean);
CREATE TABLE series (shot int, map text, definition text, unit text,
	period text, over_time boolean, sum numeric, weight numeric, value numeric,
	status text, reporting numeric, expected numeric, partial boolean,
	under_floor boolean, state text);
-- series asked for, and what was answered
CREATE TABLE asked (shot int, map text, definition text, unit text, past boolean);
CREATE TABLE answers (shot int, map text, definition text, unit text, period text,
	value numeric, reported numeric, rolled_up numeric, numerator numeric,
	denominator numeric, status text, state text, reporting numeric,
	derived boolean, expected numeric, weight numeric, past boolean);
-- what the rules make of the rows
CREATE TABLE want_figures (LIKE figures);
CREATE TABLE want_rollups (LIKE rollups);
CREATE TABLE want_series (LIKE series);
CREATE TABLE want_answers (LIKE answers);

\cd :dir
\copy cat_units from 'cat_units.tsv'
\copy cat_maps from 'cat_maps.tsv'
\copy cat_membership from 'cat_membership.tsv'
\copy cat_indicators from 'cat_indicators.tsv'
\copy cat_reporting from 'cat_reporting.tsv'
\copy cat_sources from 'cat_sources.tsv'
\copy cat_documents from 'cat_documents.tsv'
\copy commits from 'commits.tsv'
\copy rows from 'rows.tsv'
\copy taken from 'taken.tsv'
\copy completions from 'completions.tsv'
\copy shots from 'shots.tsv'
\copy receipts from 'receipts.tsv'
\copy figures from 'figures.tsv'
\copy rollups from 'rollups.tsv'
\copy series from 'series.tsv'
\copy asked from 'asked.tsv'
\copy answers from 'answers.tsv'

-- F2. code: A S Q M span; months: length
CREATE TABLE periods (period text PRIMARY KEY, code text, months int, first date,
	last date, year int);
INSERT INTO periods
SELECT CASE m WHEN 12 THEN to_char(d, 'YYYY')
		WHEN 6 THEN to_char(d, 'YYYY-"S"') || (extract(month FROM d)::int + 5) / 6
		WHEN 3 THEN to_char(d, 'YYYY-"Q"Q')
		ELSE to_char(d, 'YYYY-MM') END,
	CASE m WHEN 12 THEN 'A' WHEN 6 THEN 'S' WHEN 3 THEN 'Q' ELSE 'M' END,
	m, d, (d + m * interval '1 month' - interval '1 day')::date,
	extract(year FROM d)::int
FROM unnest(ARRAY[12, 6, 3, 1]) m,
	LATERAL generate_series(date '2010-01-01', date '2029-12-01',
		m * interval '1 month') g,
	LATERAL (SELECT g::date AS d) x;
INSERT INTO periods
SELECT y || '/' || y + n, 'span', 12 * (n + 1), make_date(y, 1, 1),
	make_date(y + n, 12, 31), y + n
FROM generate_series(2010, 2029) y, generate_series(1, 9) n;

-- p's direct sub-periods: of a year halves, of a half quarters, of a quarter months
CREATE TABLE subperiods AS
SELECT p.period, s.period AS sub, s.last = p.last AS is_last
FROM periods p
JOIN periods s ON s.first >= p.first AND s.last <= p.last
	AND (p.code, s.code) IN (('A', 'S'), ('S', 'Q'), ('Q', 'M'));
-- any shorter or equal period within p, of the five codes
CREATE TABLE within AS
SELECT p.period, s.period AS sub, s.months, s.code
FROM periods p
JOIN periods s ON s.first >= p.first AND s.last <= p.last AND s.code <> 'span'
	AND p.code <> 'span'
UNION ALL
SELECT period, period, months, code FROM periods WHERE code = 'span';
CREATE INDEX ON within (period);
CREATE INDEX ON within (sub);

-- A2: one division of whole numbers, rounded half away from zero
CREATE FUNCTION quotient(n numeric, d numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT CASE WHEN d = 0 THEN NULL
	ELSE sign(n) * div(2 * abs(n) + d, 2 * d) END $$;
-- R1f: what lies between two shares of x, of whose millionths none is cut
CREATE FUNCTION part(x numeric, lower numeric, upper numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT (floor(x * 1000000 * upper) - floor(x * 1000000 * lower)) * 0.000001 $$;
-- best first
CREATE FUNCTION status_rank(s text) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT position(s IN 'APEFM') $$;
CREATE FUNCTION observed(s text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT s IN ('A', 'P', 'E') $$;
