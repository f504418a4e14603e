-- Both directions; a difference prints its key and both sides.
CREATE VIEW got_receipts AS
SELECT commit, n_unchanged, n_stale FROM receipts
WHERE n_unchanged + n_stale > 0;
CREATE VIEW want_receipts AS
SELECT commit, (count(*) FILTER (WHERE verdict = 'unchanged'))::int AS n_unchanged,
	(count(*) FILTER (WHERE verdict = 'stale'))::int AS n_stale
FROM verdicts WHERE verdict <> 'new' GROUP BY commit;

CREATE VIEW got_answers AS
SELECT a.shot, a.map, a.definition, a.unit, a.period, a.value, a.reported,
	a.rolled_up, CASE WHEN i.place IN ('ratio', 'share') THEN a.numerator END
		AS numerator,
	CASE WHEN i.place IN ('ratio', 'share') THEN a.denominator END AS denominator,
	a.status, a.state, a.reporting, a.derived, a.expected,
	-- R4d: what a weight is over several periods is not laid down
	CASE WHEN i.time = 'none' THEN a.weight END AS weight, a.past
FROM answers a JOIN shots s USING (shot)
JOIN cat_indicators i ON i.indicator || '@' || i.definition = a.definition
	AND i.at = (SELECT max(at) FROM applies WHERE at <= s.commit);

CREATE VIEW got_taken AS SELECT batch, row FROM taken;

CREATE TEMP TABLE differences (what text, side text, told text);
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM (VALUES
		('taken', 'want_taken', 'got_taken'),
		('receipts', 'want_receipts', 'got_receipts'),
		('figures', 'want_figures', 'figures'),
		('rollups', 'want_rollups', 'rollups'),
		('series', 'want_series', 'series'),
		('answers', 'want_answers', 'got_answers')) x (what, want, got)
	LOOP
		EXECUTE format('INSERT INTO differences '
			'SELECT %1$L, ''PostgreSQL'', x::text '
			'FROM (TABLE %2$I EXCEPT TABLE %3$I) x '
			'UNION ALL SELECT %1$L, ''Tiendo'', x::text '
			'FROM (TABLE %3$I EXCEPT TABLE %2$I) x', c.what, c.want, c.got);
	END LOOP;
END $$;
SELECT what || ': ' || side || ' says ' || told FROM differences ORDER BY what, told, side LIMIT 60;
SELECT 'compared: ' || (SELECT count(*) FROM rows) || ' rows sent, '
	|| (SELECT count(*) FROM taken) || ' taken, '
	|| (SELECT count(*) FROM want_receipts) || ' receipts, '
	|| (SELECT count(*) FROM figures) || ' figures, '
	|| (SELECT count(*) FROM rollups) || ' roll-ups, '
	|| (SELECT count(*) FROM series) || ' of a series, '
	|| (SELECT count(*) FROM answers) || ' answers of '
	|| (SELECT count(*) FROM asked) || ' questions about '
	|| (SELECT count(*) FROM shots) || ' moments';
SELECT what || ' ' || side || ': ' || count(*) || ' differ' FROM differences GROUP BY what, side;
