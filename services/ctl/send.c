#include "services/ctl/send.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/ctl/rejects.h"

#define FEED_BYTES  65536
#define BAR_COLUMNS 30
#define EXIT_USAGE  64
#define EXIT_ROWS   65

struct sending {
	const struct ctl *ctl;
	const struct send_conf *conf;
	struct submit *submit;
	struct send_result *result;
	struct rejects rejects;
	struct observation_columns columns;
	bool has_header;
	bool header_refused;
	enum err failure; /* of submitting */
	uint64_t done;    /* bytes read */
	uint64_t size;
	unsigned shown; /* permille on the progress bar */
};

/* --- the file ------------------------------------------------------------- */

struct content {
	void *at; /* mapped */
	size_t len;
};

/* Standard input may be a pipe, but its name is its whole content. */
static int
spool(int from)
{
	FILE *spooled = tmpfile();
	int fd = spooled ? dup(fileno(spooled)) : -1;

	if (spooled)
		(void)fclose(spooled);
	for (;;) {
		char bytes[8192];
		ssize_t n = fd < 0 ? -1 : read(from, bytes, sizeof(bytes));

		if (n == 0)
			return fd;
		if (n < 0 || write(fd, bytes, (size_t)n) != n)
			break;
	}
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static enum err
content_map(int fd, struct content *content)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return ERR_IO;
	}
	*content = (struct content){.len = (size_t)st.st_size};
	if (content->len == 0)
		return ERR_OK;
	content->at = mmap(NULL, content->len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (content->at == MAP_FAILED)
		return ERR_IO;
	return ERR_OK;
}

static enum err
content_open(const char *name, struct content *content)
{
	bool input = strcmp(name, "-") == 0;
	int fd = input ? spool(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
	enum err err = fd < 0 ? ERR_IO : content_map(fd, content);

	if (fd >= 0)
		(void)close(fd);
	return err;
}

static void
content_close(struct content *content)
{
	if (content->len > 0)
		(void)munmap(content->at, content->len);
}

/* --- progress ------------------------------------------------------------- */

static void
bar_show(struct sending *s)
{
	unsigned permille =
	    s->size > 0 ? (unsigned)(s->done * 1000 / s->size) : 1000;
	int full = (int)(permille * BAR_COLUMNS / 1000);

	if (!s->ctl->terminal || permille == s->shown)
		return;
	s->shown = permille;
	fprintf(s->ctl->err, "\r%s [%.*s%*s] %3u%% %" PRIu64 " ",
	        s->rejects.file, full, "##############################",
	        BAR_COLUMNS - full, "", permille / 10, s->result->rows);
	(void)fflush(s->ctl->err);
}

static void
bar_clear(const struct sending *s)
{
	if (s->ctl->terminal && s->shown > 0)
		fprintf(s->ctl->err, "\r\033[K");
}

static void
rejects_tell(struct sending *s, bool all)
{
	if (!rejects_due(&s->rejects, all))
		return;
	bar_clear(s);
	rejects_print(&s->rejects, all);
}

/* --- rows ----------------------------------------------------------------- */

static void
reject_here(struct sending *s, const struct observation_fault *fault,
            const struct csv_place *place, uint32_t line)
{
	struct reject x = {
	    .line = place ? place->line : line,
	    .column = place ? place->column : 1,
	    .code = fault->code,
	    .code_name = span_str(err_name(fault->code)),
	    .field = span_str(fault->field),
	    .value = fault->value,
	};

	s->result->rejected++;
	rejects_add(&s->rejects, &x);
	rejects_tell(s, false);
}

static void
place_keep(const struct observation_columns *columns, uint32_t line,
           const struct csv_place *places, struct row_place *out)
{
	*out = (struct row_place){.line = line};
	for (size_t i = 0; i < columns->n; i++)
		out->columns[columns->field[i]] =
		    (uint16_t)(places[i].column < UINT16_MAX ? places[i].column
		                                             : 0);
}

/* ERR_OK also for a row that can't be sent: it was rejected here. */
static enum err
row_submit(struct sending *s, const struct wire_row_text *row,
           const struct row_place *place)
{
	struct observation_fault fault = {.field = "", .value = {NULL, 0}};
	enum err err = rejects_row(&s->rejects, place);

	if (err == ERR_OK)
		err = submit_row(s->submit, row);
	if (err == ERR_BAD_VALUE || err == ERR_BAD_TEXT) {
		rejects_undo(&s->rejects);
		fault.code = err;
		reject_here(s, &fault, NULL, place->line);
		return ERR_OK;
	}
	s->failure = err;
	return err;
}

static enum err
on_row(void *ctx, uint32_t line, const struct span *fields,
       const struct csv_place *places, size_t n)
{
	struct sending *s = ctx;
	struct observation_fault fault;
	struct wire_row_text row;
	struct row_place place;
	enum err err;

	if (!s->has_header) {
		err = observation_header(fields, n, &s->columns, &fault);
		s->columns.comma = s->conf->comma;
		s->has_header = true;
		s->header_refused = err != ERR_OK;
	} else {
		s->result->rows++;
		err = observation_row(&s->columns, fields, n, &row, &fault);
		if (err == ERR_OK) {
			place_keep(&s->columns, line, places, &place);
			return row_submit(s, &row, &place);
		}
	}
	if (err == ERR_OK)
		return ERR_OK;
	reject_here(s, &fault, fault.column < n ? &places[fault.column] : NULL,
	            line);
	return s->header_refused ? err : ERR_OK;
}

static void
on_rejected(void *self, uint64_t row, const struct wire_row_error *error)
{
	struct sending *s = self;

	rejects_row_error(&s->rejects, row, error);
}

static void
on_settled(void *self, uint64_t row)
{
	struct sending *s = self;

	rejects_forget(&s->rejects, row);
	rejects_tell(s, false);
}

static bool
on_wait(void *self, const struct submit_totals *totals)
{
	(void)totals;
	bar_show(self);
	return true;
}

/* --- one file ------------------------------------------------------------- */

static enum err
feed(struct sending *s, struct csv_reader *reader, struct span bytes)
{
	enum err err = ERR_OK;

	s->size = bytes.len;
	for (size_t at = 0; at < bytes.len && err == ERR_OK; at += FEED_BYTES) {
		size_t left = bytes.len - at;

		err = csv_reader_feed(
		    reader, span_of(bytes.ptr + at,
		                    left < FEED_BYTES ? left : FEED_BYTES));
		s->done = at;
		bar_show(s);
	}
	return err == ERR_OK ? csv_reader_end(reader) : err;
}

/* What the reader refused by itself, at its place. */
static void
reject_csv(struct sending *s, const struct csv_reader *reader, enum err err)
{
	struct csv_place place = csv_reader_place(reader);
	struct observation_fault fault = {
	    .code = err, .field = "", .value = {NULL, 0}};

	if (err == ERR_BAD_CSV || err == ERR_TOO_LARGE)
		reject_here(s, &fault, &place, place.line);
}

static enum err
read_and_send(struct sending *s, struct span bytes)
{
	struct csv_reader *reader = NULL;
	enum err err = csv_reader_new(&reader, on_row, s);

	if (err != ERR_OK)
		return err;
	err = feed(s, reader, bytes);
	/* Not even a header: an export that went wrong, not "no figures". */
	if (err == ERR_OK && !s->has_header)
		err = on_row(s, 1, NULL, NULL, 0);
	if (err != ERR_OK && s->failure == ERR_OK && !s->header_refused)
		reject_csv(s, reader, err);
	csv_reader_free(&reader);
	if (s->failure != ERR_OK)
		return s->failure;
	/* All or none: what cannot be sent keeps the rest back. */
	if (s->conf->strict && s->result->rejected > 0) {
		s->result->rejected = s->result->rows;
		return ERR_REFUSED;
	}
	if (!s->header_refused)
		s->failure = submit_finish(s->submit);
	return s->failure;
}

static bool
producer_name(const struct send_conf *conf, struct span bytes,
              struct send_result *result)
{
	char again[32] = "";
	int n;

	if (conf->again)
		(void)snprintf(again, sizeof(again), ":again:%" PRId64,
		               conf->now_ms);
	n = snprintf(result->producer, sizeof(result->producer),
	             "file:%016" PRIx64 "%016" PRIx64 ":%" PRIu64
	             ":%s%s%s%s%s%s%s",
	             hash_bytes(bytes, 0), hash_bytes(bytes, 1),
	             conf->catalogue, conf->source ? conf->source : "",
	             conf->units_as_of ? ":units:" : "",
	             conf->units_as_of ? conf->units_as_of : "",
	             conf->comma ? ":comma" : "", conf->strict ? ":strict" : "",
	             conf->backfill ? ":backfill" : "", again);
	return n > 0 && (size_t)n < sizeof(result->producer);
}

static struct span
optional(const char *text)
{
	return text ? span_str(text) : span_of(NULL, 0);
}

static enum err
send_content(struct sending *s, struct client *client, struct span bytes)
{
	const struct send_conf *conf = s->conf;
	struct submit_conf submit = {
	    .epoch = 1,
	    .source = optional(conf->source),
	    .units_as_of = optional(conf->units_as_of),
	    .flags = (conf->strict ? WIRE_FLAG_STRICT : 0u) |
	             (conf->dry_run ? WIRE_FLAG_DRY_RUN : 0u) |
	             (conf->backfill ? WIRE_FLAG_BACKFILL : 0u) |
	             (conf->again ? WIRE_FLAG_AGAIN : 0u),
	    .rejected = on_rejected,
	    .settled = on_settled,
	    .go_on = on_wait,
	    .self = s,
	};
	enum err err;

	if (!producer_name(conf, bytes, s->result))
		return ERR_TOO_LARGE;
	submit.producer = span_str(s->result->producer);
	err = submit_open(&s->submit, client, &submit);
	if (err != ERR_OK) {
		s->failure = err;
		return err;
	}
	err = read_and_send(s, bytes);
	s->result->totals = submit_totals(s->submit);
	if (err != ERR_REFUSED)
		s->result->rejected += s->result->totals.rejected;
	submit_close(&s->submit);
	return err;
}

/* A name that cannot be opened is a wrong call; what else fails is the disk. */
static int
file_failed(const struct ctl *ctl, enum err err, const char *name)
{
	char text[128];
	int number = errno;

	if (err != ERR_IO || number == 0)
		return ctl_fail(ctl, err, name);
	fprintf(ctl->err, "tiendo: %s: %s\n", name,
	        strerror_r(number, text, sizeof(text)));
	return number == ENOENT || number == EACCES || number == EISDIR
	           ? EXIT_USAGE
	           : err_exit_code(err);
}

void
send_file(const struct ctl *ctl, struct client *client, const char *name,
          const struct send_conf *conf, struct send_result *result)
{
	struct sending s = {.ctl = ctl, .conf = conf, .result = result};
	struct content content = {.len = 0};
	enum err err;

	*result = (struct send_result){.code = 0};
	rejects_init(&s.rejects, ctl, strcmp(name, "-") == 0 ? "stdin" : name);
	err = content_open(name, &content);
	if (err == ERR_OK)
		err =
		    send_content(&s, client, span_of(content.at, content.len));
	rejects_tell(&s, true);
	bar_clear(&s);
	result->failed = err != ERR_OK && err != ERR_REFUSED;
	if (s.failure != ERR_OK)
		result->code = ctl_fail_service(ctl, CTL_INGEST, client, err);
	else if (result->failed)
		result->code = file_failed(ctl, err, name);
	else if (result->rejected > 0)
		result->code = EXIT_ROWS;
	content_close(&content);
	rejects_fini(&s.rejects);
}
