#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/base/lockdir.h"
#include "common/domain/period.h"
#include "services/ctl/states.h"
#include "services/ctl/supervise.h"
#include "services/ctl/terms.h"

#define EXIT_USAGE 64
#define READY_MS   100 /* between questions until all are ready */
#define IDLE_MS    1000
#define ANSWER_MS  300

const struct ctl_option options_up[] = {
    {"demo",
     "DATE",
     {"mark a fresh data directory as a demo that stands at this date",
      "đánh dấu thư mục mới là bản demo đứng tại ngày này"}},
    {NULL, NULL, {NULL, NULL}},
};

static const struct words demo_other = {
    "holds data and is not a demo of this date",
    "đã có dữ liệu và không phải demo của ngày này"};

/* --- the mark of a demo --------------------------------------------------- */

static bool
demo_path(const struct ctl *ctl, struct path *out)
{
	return path_service(&ctl->data, "demo", out) == ERR_OK;
}

/* The date that the directory is marked with; "" if it is none. */
static void
demo_read(const struct path *mark, char out[DAY_TEXT_MAX])
{
	FILE *file = fopen(mark->text, "re");

	out[0] = '\0';
	if (!file)
		return;
	if (!fgets(out, DAY_TEXT_MAX, file))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	(void)fclose(file);
}

static enum err
demo_write(const struct path *mark, const char *date)
{
	FILE *file = fopen(mark->text, "we");
	bool written;

	if (!file)
		return ERR_IO;
	written = fprintf(file, "%s\n", date) > 0;
	return fclose(file) == 0 && written ? ERR_OK : ERR_IO;
}

/* 0, or the exit code: a directory is a demo from its first day or never. */
static int
demo_mark(const struct ctl *ctl)
{
	const char *date = ctl_option(ctl, "demo");
	char marked[DAY_TEXT_MAX];
	struct path mark, journal;
	struct day day;

	if (!date)
		return 0;
	if (day_parse(span_str(date), false, &day) != ERR_OK) {
		fprintf(ctl->err, "tiendo: --demo: %s\n",
		        term_err(ERR_BAD_DATE, ctl->vi));
		return EXIT_USAGE;
	}
	if (!demo_path(ctl, &mark) ||
	    path_service(&ctl->data, "ingest", &journal) != ERR_OK)
		return ctl_fail(ctl, ERR_TOO_LARGE, ctl->data.text);
	demo_read(&mark, marked);
	if (strcmp(marked, date) == 0)
		return 0;
	if (marked[0] != '\0' || access(journal.text, F_OK) == 0) {
		fprintf(ctl->err, "tiendo: %s: %s\n", ctl->data.text,
		        ctl_words(ctl, demo_other));
		return EXIT_USAGE;
	}
	return demo_write(&mark, date) == ERR_OK
	           ? 0
	           : ctl_fail(ctl, ERR_IO, mark.text);
}

/* --- running -------------------------------------------------------------- */

static bool
ready_say(const struct ctl *ctl)
{
	static const struct words ready = {"ingest, aggregate and alert are "
	                                   "ready",
	                                   "ingest, aggregate và alert đã sẵn "
	                                   "sàng"};
	struct states states;
	bool all;

	states_ask(ctl, ANSWER_MS, &states);
	all = states_ready(&states);
	states_fini(&states);
	if (!all)
		return false;
	fprintf(ctl->out, "tiendo: %s: %s\n", ctl->data.text,
	        ctl_words(ctl, ready));
	(void)fflush(ctl->out);
	return true;
}

static int
run(const struct ctl *ctl, struct supervise *s)
{
	bool ready = false;
	int code = -1;

	while (code < 0) {
		if (supervise_start(s) != ERR_OK)
			code = ctl_fail(ctl, ERR_IO, "fork");
		else
			code = supervise_wait(s, ready ? IDLE_MS : READY_MS);
		if (code < 0 && !ready)
			ready = ready_say(ctl);
	}
	supervise_stop(s);
	return code;
}

static int
locked_run(const struct ctl *ctl)
{
	struct supervise s;
	enum err err;
	int code = demo_mark(ctl);

	if (code != 0)
		return code;
	err = supervise_open(&s, ctl);
	code = err == ERR_OK ? run(ctl, &s) : err_exit_code(err);
	supervise_close(&s);
	return code;
}

/* One supervisor for a data directory; the lock goes with the process. */
static enum err
up_lock(const struct ctl *ctl, struct lockdir *lock, pid_t *holder)
{
	char path[PATHS_MAX];
	struct path run;
	enum err err = path_run(&ctl->data, &run);
	int n = err == ERR_OK ? snprintf(path, sizeof(path), "%.*s/up.lock",
	                                 PATHS_MAX - 16, run.text)
	                      : 0;

	if (err == ERR_OK && (n <= 0 || (size_t)n >= sizeof(path)))
		err = ERR_TOO_LARGE;
	return err == ERR_OK ? lockdir_open(lock, path, false, holder) : err;
}

int
cmd_up(struct ctl *ctl)
{
	struct lockdir lock;
	pid_t holder = 0;
	enum err err = paths_make(&ctl->data);
	int code;

	if (err == ERR_OK)
		err = up_lock(ctl, &lock, &holder);
	if (err != ERR_OK && holder > 0) {
		fprintf(ctl->err, "tiendo: %s: %s (pid %ld)\n", ctl->data.text,
		        term_err(err, ctl->vi), (long)holder);
		return err_exit_code(err);
	}
	if (err != ERR_OK)
		return ctl_fail(ctl, err, ctl->data.text);
	code = locked_run(ctl);
	lockdir_close(&lock);
	return code;
}
