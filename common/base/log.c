#include "common/base/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/base/escape.h"

struct level_row {
	const char *name;
	unsigned priority; /* of syslog(3), as the journal reads it */
};

static const struct level_row level_rows[] = {
    [LOG_DEBUG] = {"debug", 7},
    [LOG_INFO] = {"info", 6},
    [LOG_WARN] = {"warn", 4},
    [LOG_ERROR] = {"error", 3},
};

_Static_assert(sizeof(level_rows) / sizeof(level_rows[0]) == LOG_LEVEL_COUNT,
               "one row for each level");
/* Each byte may become 6; key, quotes and the head fit in what is left. */
_Static_assert(LOG_FIELDS_MAX *LOG_VALUE_MAX * 6 < LOG_LINE_MAX - 16384,
               "a line of the largest fields fits");

void
log_init(struct log *log, const struct log_conf *conf)
{
	*log = (struct log){.conf = *conf};
	buf_init(&log->line, LOG_LINE_MAX);
}

void
log_set(struct log *log, enum log_level level, bool json)
{
	log->conf.level = level;
	log->conf.json = json;
}

const char *
log_level_name(enum log_level level)
{
	assert((unsigned)level < LOG_LEVEL_COUNT);
	return level_rows[level].name;
}

enum err
log_level_parse(const char *name, enum log_level *level)
{
	for (unsigned i = 0; i < LOG_LEVEL_COUNT; i++) {
		if (strcmp(level_rows[i].name, name) == 0) {
			*level = (enum log_level)i;
			return ERR_OK;
		}
	}
	return ERR_BAD_VALUE;
}

static bool
is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return text.len > 0;
}

/* Not in the middle of a character, if it is UTF-8 at all. */
static struct span
cut(struct span text)
{
	size_t len = LOG_VALUE_MAX;

	if (text.len <= LOG_VALUE_MAX)
		return text;
	while (len > LOG_VALUE_MAX - 4 && (text.ptr[len] & 0xc0) == 0x80)
		len--;
	return span_of(text.ptr, len);
}

static void
put_key(struct log *log, const char *key)
{
	if (!log->conf.json)
		buf_printf(&log->line, " %s=", key);
	else
		buf_printf(&log->line, ",\"%s\":", key);
}

static void
put_text(struct log *log, struct span text)
{
	if (!log->conf.json && is_plain(text))
		buf_put(&log->line, text.ptr, text.len);
	else
		escape_json_quoted(&log->line, text);
}

static void
put_field(struct log *log, const struct log_field *field)
{
	put_key(log, field->key);
	switch (field->kind) {
	case LOG_KIND_TEXT: put_text(log, cut(field->text)); break;
	case LOG_KIND_INT:
		buf_printf(&log->line, "%" PRId64, (int64_t)field->number);
		break;
	case LOG_KIND_UINT:
		buf_printf(&log->line, "%" PRIu64, field->number);
		break;
	case LOG_KIND_BOOL:
		buf_put_str(&log->line, field->number ? "true" : "false");
		break;
	}
}

static void
put_head(struct log *log, enum log_level level, const char *token)
{
	char ts[CLOCK_TEXT_SIZE];
	const char *name = log_level_name(level);

	clock_format_rfc3339(clock_wall_now(log->conf.clock), ts);
	buf_reset(&log->line);
	if (log->conf.journal)
		buf_printf(&log->line, "<%u>", level_rows[level].priority);
	if (log->conf.json)
		buf_printf(&log->line,
		           "{\"ts\":\"%s\",\"level\":\"%s\",\"svc\":\"%s\","
		           "\"event\":\"%s\"",
		           ts, name, log->conf.service, token);
	else
		buf_printf(&log->line, "ts=%s level=%s svc=%s event=%s", ts,
		           name, log->conf.service, token);
}

/* One write for one line, so that lines of several processes do not mix. What
 * a full pipe does not take at once is lost: the log never stops the work. */
static void
send_line(struct log *log)
{
	struct span line;
	ssize_t n;

	buf_put_str(&log->line, log->conf.json ? "}\n" : "\n");
	if (buf_err(&log->line) != ERR_OK) {
		log->n_lost++;
		return;
	}
	line = buf_span(&log->line);
	do
		n = write(log->conf.fd, line.ptr, line.len);
	while (n < 0 && errno == EINTR);
	if (n < 0 || (size_t)n != line.len)
		log->n_lost++;
}

static void
put_repeated(struct log *log, uint64_t repeated)
{
	struct log_field field = log_uint("repeated", repeated);

	if (repeated > 0)
		put_field(log, &field);
}

/* A line that says only how often an event was left out. */
static void
slot_flush(struct log *log, struct log_slot *slot)
{
	if (slot->repeated == 0)
		return;
	put_head(log, slot->level, slot->token);
	if (slot->key)
		put_field(log,
		          &(struct log_field){
		              .key = slot->key,
		              .text = span_of(slot->text, slot->text_len)});
	put_repeated(log, slot->repeated);
	send_line(log);
	slot->repeated = 0;
}

static bool
is_over(const struct log *log, const struct log_slot *slot, struct mono now)
{
	return clock_ms_between(slot->since, now) >= log->conf.fold_ms;
}

void
log_flush(struct log *log)
{
	struct mono now = clock_mono_now(log->conf.clock);

	for (size_t i = 0; i < log->n_slots; i++) {
		struct log_slot *slot = &log->slots[i];

		if (slot->repeated == 0 || !is_over(log, slot, now))
			continue;
		slot_flush(log, slot);
		slot->since = now;
	}
}

void
log_fini(struct log *log)
{
	for (size_t i = 0; i < log->n_slots; i++)
		slot_flush(log, &log->slots[i]);
	buf_fini(&log->line);
	log->n_slots = 0;
}

static struct log_slot *
slot_find(struct log *log, const char *token, struct span text)
{
	for (size_t i = 0; i < log->n_slots; i++) {
		struct log_slot *slot = &log->slots[i];

		if ((slot->token == token || strcmp(slot->token, token) == 0) &&
		    span_equal(span_of(slot->text, slot->text_len), text))
			return slot;
	}
	return NULL;
}

/* A new slot, or that of the token silent for longest. */
static struct log_slot *
slot_take(struct log *log)
{
	struct log_slot *oldest = &log->slots[0];

	if (log->n_slots < LOG_TOKENS_MAX)
		return &log->slots[log->n_slots++];
	for (size_t i = 1; i < log->n_slots; i++)
		if (log->slots[i].since.ns < oldest->since.ns)
			oldest = &log->slots[i];
	slot_flush(log, oldest);
	return oldest;
}

/* As many texts of this token as may be were written in the interval. */
static bool
apart_full(const struct log *log, const char *token, struct mono now)
{
	unsigned n = 0;

	for (size_t i = 0; i < log->n_slots; i++) {
		const struct log_slot *slot = &log->slots[i];

		n += slot->key && strcmp(slot->token, token) == 0 &&
		     !is_over(log, slot, now);
	}
	return n >= LOG_APART_TEXTS;
}

/* True: left out and counted. Else *repeated is what the line has to say. by: NULL, or
 * the field that keeps it apart from others of its token. */
static bool
fold(struct log *log, const struct log_event *event, const struct log_field *by,
     uint64_t *repeated)
{
	struct mono now = clock_mono_now(log->conf.clock);
	struct span text = by ? by->text : span_str("");
	struct log_slot *slot;

	if (text.len > LOG_APART_MAX)
		text.len = LOG_APART_MAX;
	slot = slot_find(log, event->token, text);
	if (!slot && by && apart_full(log, event->token, now)) {
		by = NULL;
		text.len = 0;
		slot = slot_find(log, event->token, text);
	}
	if (slot && !is_over(log, slot, now)) {
		if (slot->level < event->level)
			slot->level = event->level;
		slot->repeated++;
		return true;
	}
	if (slot)
		*repeated = slot->repeated;
	else
		slot = slot_take(log);
	*slot = (struct log_slot){.token = event->token,
	                          .level = event->level,
	                          .since = now,
	                          .key = by ? by->key : NULL,
	                          .text_len = text.len};
	if (text.len > 0)
		memcpy(slot->text, text.ptr, text.len);
	return false;
}

static void
write_event(struct log *log, const struct log_event *event, uint64_t repeated)
{
	put_head(log, event->level, event->token);
	for (size_t i = 0; i < LOG_FIELDS_MAX && event->fields[i].key; i++)
		put_field(log, &event->fields[i]);
	put_repeated(log, repeated);
	send_line(log);
}

static void
write_folded(struct log *log, const struct log_event *event,
             const struct log_field *by)
{
	uint64_t repeated = 0;

	if (!log || event->level < log->conf.level)
		return;
	if (log->conf.fold_ms > 0 && fold(log, event, by, &repeated))
		return;
	write_event(log, event, repeated);
}

void
log_event(struct log *log, const struct log_event *event)
{
	write_folded(log, event, NULL);
}

void
log_apart(struct log *log, const struct log_event *event)
{
	assert(event->fields[0].key && event->fields[0].kind == LOG_KIND_TEXT);
	write_folded(log, event, &event->fields[0]);
}

void
log_each(struct log *log, const struct log_event *event)
{
	if (log && event->level >= log->conf.level)
		write_event(log, event, 0);
}
