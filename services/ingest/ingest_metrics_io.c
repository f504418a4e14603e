#include "services/ingest/ingest_metrics_io.h"

#include "common/base/stat.h"

#define LABELS_MAX 4096

void
sources_keep(struct sources *s)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct source_run *run = &s->runs[i];
		uint64_t *rows =
		    run->source < s->n ? s->of[run->source].rows : s->others;

		rows[run->outcome] += run->n;
	}
	for (int code = 0; code < ERR_COUNT; code++) {
		s->codes[code] += s->codes_now[code];
		s->codes_now[code] = 0;
	}
	s->n_runs = s->n_marked = 0;
}

static const struct stat_row rows_family = {
    "tiendo_source_rows_total",
    STAT_COUNTER,
    NULL,
    "Rows received, by source and outcome. Those of no known source, and of "
    "sources behind the first 1000, under an empty name.",
    NULL,
    0};
static const struct stat_row last_family = {
    "tiendo_source_last_accepted_timestamp_seconds",
    STAT_GAUGE,
    "seconds",
    "When rows of the source were last accepted; never yet: since when it owes "
    "reports. The first 1000 sources.",
    NULL,
    3};
static const struct stat_row limit_family = {
    "tiendo_source_silence_limit_seconds",
    STAT_GAUGE,
    "seconds",
    "Shortest period of what the source owes, with due and grace days. The "
    "first 1000 sources.",
    NULL,
    0};
static const struct stat_row codes_family = {
    "tiendo_ingest_rejects_total",
    STAT_COUNTER,
    NULL,
    "Rows refused, by why; a repeated batch is not counted again.",
    NULL,
    0};

_Static_assert(SOURCES_SHOWN == 1000, "as the help of the families says");

static const char *const outcomes[ROWS_OUTCOMES] = {
    [ROWS_ACCEPTED] = "accepted",
    [ROWS_DUPLICATE] = "duplicate",
    [ROWS_REJECTED] = "rejected",
};

/* A page being written. */
struct page {
	const struct sources *s;
	const struct catalogue *c;
	uint32_t end; /* sources shown: the numbers below this one */
	struct buf labels;
	struct buf *out;
};

/* With the labels gathered; without memory for them no sample. */
static void
put_sample(struct page *p, const struct stat_row *family, int64_t value)
{
	const char *labels = buf_cstr(&p->labels);

	if (labels != NULL)
		stat_put_sample(p->out, family, labels, value);
	buf_reset(&p->labels);
}

static void
put_rows(struct page *p, const char *id, const uint64_t rows[ROWS_OUTCOMES])
{
	for (int i = 0; i < ROWS_OUTCOMES; i++) {
		stat_put_label(&p->labels, "source", span_str(id));
		stat_put_label(&p->labels, "outcome", span_str(outcomes[i]));
		put_sample(p, &rows_family, (int64_t)rows[i]);
	}
}

static uint32_t
shown_end(const struct sources *s, const struct catalogue *c)
{
	uint32_t end = 0, n = 0;

	while (c != NULL && end < c->n_sources && end < s->n) {
		n += c->sources[end].declared;
		if (n > SOURCES_SHOWN)
			break;
		end++;
	}
	return end;
}

static bool
is_shown(const struct page *p, uint32_t source)
{
	return source < p->end && p->c->sources[source].declared;
}

static void
put_all_rows(struct page *p)
{
	uint64_t others[ROWS_OUTCOMES];

	stat_put_head(p->out, &rows_family);
	for (int k = 0; k < ROWS_OUTCOMES; k++)
		others[k] = p->s->others[k];
	for (uint32_t i = 0; p->c != NULL && i < p->s->n; i++) {
		const struct source *source = &p->s->of[i];

		if (is_shown(p, i)) {
			put_rows(p, p->c->sources[i].id, source->rows);
			continue;
		}
		for (int k = 0; k < ROWS_OUTCOMES; k++)
			others[k] += source->rows[k];
	}
	put_rows(p, "", others);
}

static void
put_times(struct page *p)
{
	stat_put_head(p->out, &last_family);
	for (uint32_t i = 0; i < p->end; i++) {
		if (!is_shown(p, i) || p->s->of[i].last_ms < 0)
			continue;
		stat_put_label(&p->labels, "source",
		               span_str(p->c->sources[i].id));
		put_sample(p, &last_family, p->s->of[i].last_ms);
	}
	stat_put_head(p->out, &limit_family);
	for (uint32_t i = 0; i < p->end; i++) {
		if (!is_shown(p, i) || p->s->of[i].limit_seconds == 0)
			continue;
		stat_put_label(&p->labels, "source",
		               span_str(p->c->sources[i].id));
		put_sample(p, &limit_family, p->s->of[i].limit_seconds);
	}
}

static void
put_codes(struct page *p)
{
	stat_put_head(p->out, &codes_family);
	for (int code = 0; code < ERR_COUNT; code++) {
		bool of_rows = code >= ERR_UNKNOWN_INDICATOR &&
		               code < ERR_UNKNOWN_REFERENCE;

		if (!of_rows && p->s->codes[code] == 0)
			continue;
		stat_put_label(&p->labels, "code",
		               span_str(err_name((enum err)code)));
		put_sample(p, &codes_family, (int64_t)p->s->codes[code]);
	}
}

void
sources_metrics(const struct sources *s, const struct catalogue *c,
                struct buf *out)
{
	struct page p = {.s = s, .c = c, .end = shown_end(s, c), .out = out};

	buf_init(&p.labels, LABELS_MAX);
	put_all_rows(&p);
	put_times(&p);
	put_codes(&p);
	buf_fini(&p.labels);
}
