#include "common/domain/explain_parts.h"
#include "common/domain/notice.h"
#include "common/domain/record.h"

/* Of one text; a receiver shows one screen. */
#define WORDS_MAX 2048

static const char *const why_names[NOTICE_WHYS] = {
    [NOTICE_WHY_ALERT] = "",
    [NOTICE_PROGRAMME_DISABLED] = "programme_disabled",
    [NOTICE_LABELS_CHANGED] = "labels_changed",
};

static const char *const why_texts[NOTICE_WHYS][LANGS] = {
    [NOTICE_WHY_ALERT] = {"", ""},
    [NOTICE_PROGRAMME_DISABLED] = {"đã tắt cảnh báo của chương trình; ",
                                   "programme disabled; "},
    [NOTICE_LABELS_CHANGED] = {"nhãn đã thay đổi; ", "labels changed; "},
};

static const char *const summary_names[LANGS] = {
    [LANG_VI] = "summary_vi", [LANG_EN] = "summary"};
static const char *const description_names[LANGS] = {
    [LANG_VI] = "description_vi", [LANG_EN] = "description"};

enum words {
	WORDS_TARGET,
	WORDS_DOCUMENT,
	WORDS_FIGURE,
	WORDS_ROLLED,
	WORDS_SOURCE,
	WORDS_FIGURE_DOCUMENT,
	WORDS_SHORT,
	WORDS_UNITS,
	WORDS_MORE,
	WORDS_COUNT
};
static const char *const words[WORDS_COUNT][LANGS] = {
    [WORDS_TARGET] = {"Chỉ tiêu: \"{0}\"; đến hạn {1}.",
                      "Target: \"{0}\"; due {1}."},
    [WORDS_DOCUMENT] = {" Văn bản: {0}.", " Document: {0}."},
    [WORDS_FIGURE] = {" Số liệu: {0} cho kỳ {1}", " Figure: {0} for {1}"},
    [WORDS_ROLLED] = {", tổng hợp", ", rolled up"},
    [WORDS_SOURCE] = {", nguồn {0}", ", said by {0}"},
    [WORDS_FIGURE_DOCUMENT] = {" ({0})", " ({0})"},
    [WORDS_SHORT] = {"; còn cách mức phải đạt của kỳ {0}",
                     "; {0} short of what was to be reached by then"},
    [WORDS_UNITS] = {" Đơn vị: ", " Units: "},
    [WORDS_MORE] = {" và {0} đơn vị nữa", " and {0} more"},
};

enum group_words { GROUP_SUMMARY, GROUP_ENDED, GROUP_DESCRIPTION, GROUP_WORDS };
static const char *const group_words[NOTICE_GROUPS][GROUP_WORDS][LANGS] = {
    [NOTICE_GROUP_LATE] =
        {
            [GROUP_SUMMARY] = {"Số liệu chậm: {0}, {1}; số đơn vị: {2}",
                               "Late figures: {0}, {1}; units: {2}"},
            [GROUP_ENDED] = {"không còn số liệu chậm: {0}, {1}",
                             "no figure is late any more: {0}, {1}"},
            [GROUP_DESCRIPTION] = {"Đã quá hạn mà chưa có số liệu.",
                                   "Figures are owed and have not come in "
                                   "time."},
        },
    [NOTICE_GROUP_QUALITY] =
        {
            [GROUP_SUMMARY] = {"Số liệu còn nghi vấn: {0}, {1}; số đơn vị: {2}",
                               "Doubtful figures: {0}, {1}; units: {2}"},
            [GROUP_ENDED] = {"không còn số liệu nghi vấn: {0}, {1}",
                             "no figure is doubtful any more: {0}, {1}"},
            [GROUP_DESCRIPTION] =
                {"Số báo cáo và số tổng hợp cho kết luận khác nhau, hoặc "
                 "giá trị không khớp với tử số và mẫu số.",
                 "The reported and the rolled-up figure give different "
                 "verdicts, or a value is not the quotient of its parts."},
        },
};

/* Figures have no schedule to come back to. */
static const char *const group_recovered[LANGS] = {"đã hồi phục; ",
                                                   "recovered; "};

const char *
notice_why_name(enum notice_why why)
{
	return why_names[why];
}

static void
put(struct buf *out, enum words id, enum lang lang, const char *const args[2])
{
	put_filled(out, words[id][lang], args, 2);
}

static const char *
either(const char *text, const char *other)
{
	return text != NULL && text[0] != '\0' ? text : other;
}

static void
put_pair(struct buf *pairs, const char *name, const char *value)
{
	notice_pair_put(pairs, span_str(name), span_str(value));
}

/* A text that is cut says so, and ends within no letter; an empty one is left out. text is emptied. */
static void
put_words(struct buf *pairs, const char *name, struct buf *text)
{
	static const char cut[] = "…";
	size_t len = text->len;

	if (buf_err(text) != ERR_OK && pairs->err == ERR_OK)
		pairs->err = buf_err(text);
	if (len > WORDS_MAX) {
		len = WORDS_MAX - (sizeof(cut) - 1);
		while ((text->ptr[len] & 0xc0) == 0x80)
			len--;
		buf_truncate(text, len);
		buf_put_str(text, cut);
		len = text->len;
	}
	if (len > 0)
		notice_pair_put(pairs, span_str(name), span_of(text->ptr, len));
	buf_reset(text);
}

/* --- of a target ---------------------------------------------------------------- */

static void
target_summary(const struct notice_target *t, enum lang lang, struct buf *out)
{
	buf_put_str(out, why_texts[t->why][lang]);
	alert_summary_write(t->c, t->alert, lang, out);
}

/* "{0}" filled with the document: its number and title, else its id. */
static void
put_document(const struct catalogue *c, uint32_t document, const char *text,
             struct buf *out)
{
	const struct cat_document *d;
	struct buf name;

	if (document >= c->n_documents)
		return;
	d = &c->documents[document];
	buf_init(&name, UINT16_MAX);
	buf_put_str(&name, either(d->number, ""));
	if (either(d->title, NULL) != NULL) {
		buf_put_str(&name, name.len > 0 ? ", " : "");
		buf_put_str(&name, d->title);
	}
	if (name.len == 0)
		buf_put_str(&name, d->id);
	put_filled(out, text, (const char *[]){either(buf_cstr(&name), "")}, 1);
	buf_fini(&name);
}

static void
describe_asked(const struct notice_target *t, enum lang lang, struct buf *out)
{
	const struct cat_target_version *v = alert_version(t->c, t->alert);
	char due[PERIOD_TEXT_MAX];

	if (v == NULL)
		return;
	put(out, WORDS_TARGET, lang,
	    (const char *[]){either(v->text, ""), period_format(v->due, due)});
	put_document(t->c, v->document, words[WORDS_DOCUMENT][lang], out);
}

static void
describe_said(const struct notice_target *t, enum lang lang, struct buf *out)
{
	const struct catalogue *c = t->c;
	const struct figure *f = t->figure;

	if (f == NULL || f->source >= c->n_sources)
		return;
	put(out, WORDS_SOURCE, lang,
	    (const char *[]){
	        either(c->sources[f->source].name, c->sources[f->source].id),
	        NULL});
	put_document(c, f->document, words[WORDS_FIGURE_DOCUMENT][lang], out);
}

/* By how much the path was missed, as the verdict has it. */
static void
describe_gap(const struct alert *a, enum lang lang, struct buf *out)
{
	const struct verdict v = {.places = a->places};
	const struct telling t = {.lang = lang, .v = &v};
	struct number gap;

	if (!a->has_gap || a->gap >= 0)
		return;
	gap = number_fine(&t, -a->gap);
	put(out, WORDS_SHORT, lang, (const char *[]){gap.text, NULL});
}

static void
describe_figure(const struct notice_target *t, enum lang lang, struct buf *out)
{
	const struct alert *a = t->alert;
	struct measured_number value = alert_number(t->c, a, a->value, lang);
	char period[PERIOD_TEXT_MAX];

	if (a->period.code == 0)
		return;
	put(out, WORDS_FIGURE, lang,
	    (const char *[]){value.text, period_format(a->period, period)});
	if (a->rolled)
		put(out, WORDS_ROLLED, lang, (const char *[]){NULL, NULL});
	else
		describe_said(t, lang, out);
	describe_gap(a, lang, out);
	buf_put_str(out, ".");
}

static void
put_numbers(const struct notice_target *t, struct buf *pairs)
{
	const struct alert *a = t->alert;
	const struct cat_target_version *v = alert_version(t->c, t->alert);
	char text[DECIMAL_TEXT_MAX];
	char period[PERIOD_TEXT_MAX];

	if (a->period.code == 0)
		return;
	put_pair(pairs, "verdict", verdict_kind_name(a->kind));
	put_pair(pairs, "value", decimal_format(a->value, a->places, text));
	if (v != NULL &&
	    (v->has_value || v->kind == TARGET_ZERO || a->target_value != 0))
		put_pair(pairs, "target",
		         decimal_format(a->target_value, a->places, text));
	put_pair(pairs, "period", period_format(a->period, period));
}

void
notice_target_words(const struct notice_target *t, struct buf *pairs)
{
	const char *reason = t->why == NOTICE_WHY_ALERT
	                         ? alert_reason_name(t->alert->reason)
	                         : why_names[t->why];
	struct buf text;

	buf_init(&text, UINT16_MAX);
	for (int l = 0; l < LANGS; l++) {
		enum lang lang = (enum lang)l;

		target_summary(t, lang, &text);
		put_words(pairs, summary_names[lang], &text);
		describe_asked(t, lang, &text);
		describe_figure(t, lang, &text);
		put_words(pairs, description_names[lang], &text);
	}
	buf_fini(&text);
	put_numbers(t, pairs);
	if (reason[0] != '\0')
		put_pair(pairs, "reason", reason);
}

/* --- of a group ----------------------------------------------------------------- */

const char *
notice_group_name(enum notice_group_kind kind)
{
	return kind == NOTICE_GROUP_LATE ? NOTICE_LATE : NOTICE_QUALITY;
}

void
notice_group_labels(const struct catalogue *c, const struct notice_group *g,
                    bool demo, struct buf *pairs)
{
	put_pair(pairs, "alertname", notice_group_name(g->kind));
	put_pair(pairs, "audience", NOTICE_GROUP_AUDIENCE);
	if (demo)
		put_pair(pairs, "demo", "true");
	put_pair(pairs, "indicator", c->indicators[g->family].id);
	put_pair(pairs, "programme", c->programmes[g->programme].id);
	put_pair(pairs, "severity", NOTICE_GROUP_SEVERITY);
}

static const char *
indicator_name(const struct catalogue *c, uint32_t family, enum lang lang)
{
	const struct cat_indicator *i = &c->indicators[family];
	const struct cat_definition *d;

	if (i->n_definitions == 0)
		return i->id;
	d = &c->definitions[i->definitions[i->n_definitions - 1]];
	return either(lang == LANG_EN ? d->name_en : NULL,
	              either(d->name, i->id));
}

static const char *
programme_name(const struct catalogue *c, uint32_t programme, enum lang lang)
{
	const struct cat_programme *p = &c->programmes[programme];

	return either(lang == LANG_EN ? p->name_en : NULL,
	              either(p->name_vi, p->id));
}

void
notice_group_summary(const struct catalogue *c, const struct notice_group *g,
                     enum lang lang, struct buf *out)
{
	struct number n = {""};
	const char *args[] = {indicator_name(c, g->family, lang),
	                      programme_name(c, g->programme, lang), n.text};

	decimal_format(g->n_units, 0, n.text);
	if (!g->firing)
		buf_put_str(out, group_recovered[lang]);
	put_filled(
	    out,
	    group_words[g->kind][g->firing ? GROUP_SUMMARY : GROUP_ENDED][lang],
	    args, 3);
}

static void
describe_group(const struct catalogue *c, const struct notice_group *g,
               enum lang lang, struct buf *out)
{
	struct number more = {""};

	if (!g->firing)
		return;
	buf_put_str(out, group_words[g->kind][GROUP_DESCRIPTION][lang]);
	buf_put_str(out, words[WORDS_UNITS][lang]);
	for (uint32_t i = 0; i < g->n_named; i++) {
		buf_put_str(out, i == 0 ? "" : ", ");
		put_unit_name(c, g->units[i], lang, out);
	}
	decimal_format(g->n_units - g->n_named, 0, more.text);
	if (g->n_units > g->n_named)
		put(out, WORDS_MORE, lang, (const char *[]){more.text, NULL});
	buf_put_str(out, ".");
}

void
notice_group_words(const struct catalogue *c, const struct notice_group *g,
                   enum notice_why why, struct buf *pairs)
{
	const char *reason = why == NOTICE_WHY_ALERT
	                         ? alert_reason_name(ALERT_RECOVERED)
	                         : why_names[why];
	struct buf text;

	buf_init(&text, UINT16_MAX);
	for (int l = 0; l < LANGS; l++) {
		enum lang lang = (enum lang)l;

		buf_put_str(&text, why_texts[why][lang]);
		notice_group_summary(c, g, lang, &text);
		put_words(pairs, summary_names[lang], &text);
		describe_group(c, g, lang, &text);
		put_words(pairs, description_names[lang], &text);
	}
	buf_fini(&text);
	if (!g->firing || why != NOTICE_WHY_ALERT)
		put_pair(pairs, "reason", reason);
}

/* --- journaled ------------------------------------------------------------------ */

void
notice_group_write(struct buf *out, const struct notice_group *g)
{
	record_begin(out, RECORD_GROUP);
	buf_put_uvarint(out, g->programme);
	buf_put_u8(out, (uint8_t)g->kind);
	buf_put_uvarint(out, g->family);
	buf_put_u8(out, g->firing);
	buf_put_uvarint(out, g->commit);
	buf_put_uvarint(out, g->n_units);
	buf_put_u8(out, (uint8_t)g->n_named);
	for (uint32_t i = 0; i < g->n_named; i++)
		buf_put_uvarint(out, g->units[i]);
}

/* Fires while there is somebody; the first ones are named, in order. */
static bool
group_possible(const struct notice_group *g)
{
	uint32_t most =
	    g->n_units < NOTICE_UNITS_MAX ? g->n_units : NOTICE_UNITS_MAX;

	for (uint32_t i = 1; i < g->n_named; i++)
		if (g->units[i] <= g->units[i - 1])
			return false;
	return g->n_named == most && g->firing == (g->n_units > 0);
}

static uint8_t
small(struct cursor *c, uint8_t most)
{
	uint8_t value = cursor_u8(c);

	if (value > most && c->err == ERR_OK)
		c->err = ERR_BAD_VALUE;
	return c->err == ERR_OK ? value : 0;
}

enum err
notice_group_read(struct span record, struct notice_group *g)
{
	struct notice_group read = {.programme = 0};
	struct cursor c;
	enum err err = record_body(record, RECORD_GROUP, &c);

	if (err != ERR_OK)
		return err;
	read.programme = record_number(&c);
	read.kind = (enum notice_group_kind)small(&c, NOTICE_GROUPS - 1);
	read.family = record_number(&c);
	read.firing = small(&c, 1) == 1;
	read.commit = cursor_uvarint(&c);
	read.n_units = (uint32_t)cursor_uvarint_max(&c, UINT32_MAX);
	read.n_named = small(&c, NOTICE_UNITS_MAX);
	for (uint32_t i = 0; i < read.n_named; i++)
		read.units[i] = record_number(&c);
	err = record_end(&c);
	if (err == ERR_OK && !group_possible(&read))
		err = ERR_BAD_MESSAGE;
	if (err == ERR_OK)
		*g = read;
	return err;
}
