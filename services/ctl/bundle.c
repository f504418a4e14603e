#include "services/ctl/bundle.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "services/ctl/ask_text.h"
#include "services/ctl/output.h"
#include "services/ctl/redact.h"
#include "services/ctl/stats.h"
#include "services/ctl/tar.h"

#define ANSWER_MS     2000
#define FOLDER        "tiendo-support/"
#define FILE_HEAD_MAX 4096 /* of a file of the system */

static const char contents[] =
    "What `tiendo support-bundle` gathered. Text only; no figures, no names "
    "of\n"
    "targets or alerts, no secrets: read it before you send it.\n"
    "\n"
    "versions.txt      this program and the libraries it runs with\n"
    "system.txt        machine, limits, disk\n"
    "stats.json        services: readiness, lag, rates, counts of alerts, "
    "sinks\n"
    "catalogue.json    version and how many rows of each kind\n"
    "files.txt         sizes of the files in the data directory\n"
    "config/*.txt      --print-config of each daemon, secrets and paths of "
    "URLs\n"
    "                  removed; as the daemon would start now, with the\n"
    "                  environment of this command\n"
    "metrics/*.txt     /metrics of each daemon\n";

struct bundle {
	const struct ctl *ctl;
	int64_t now_s;
	int64_t admin_ports[CTL_SERVICES]; /* as the services say */
	struct buf tar;
	struct buf part; /* the file being written */
};

static void
part_end(struct bundle *b, const char *name)
{
	char path[TAR_NAME_MAX + 1];

	(void)snprintf(path, sizeof(path), FOLDER "%s", name);
	if (buf_err(&b->part) != ERR_OK) {
		enum err err = buf_err(&b->part);

		buf_reset(&b->part);
		buf_printf(&b->part, "%s\n", err_text(err));
	}
	tar_add(&b->tar, path, buf_span(&b->part), b->now_s);
	buf_reset(&b->part);
}

/* --- this machine ----------------------------------------------------------------- */

static void
put_file(struct bundle *b, const char *path)
{
	char text[FILE_HEAD_MAX];
	FILE *file = fopen(path, "re");
	size_t n;

	buf_printf(&b->part, "\n%s\n", path);
	if (!file) {
		buf_put_str(&b->part, "  none\n");
		return;
	}
	n = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	buf_put(&b->part, text, n);
}

/* Libraries that are mapped: their names carry versions. */
static void
put_libraries(struct bundle *b)
{
	char line[PATHS_MAX + 128];
	char last[PATHS_MAX + 128] = "";
	FILE *maps = fopen("/proc/self/maps", "re");

	while (maps && fgets(line, sizeof(line), maps)) {
		const char *path = strchr(line, '/');

		if (!path || !strstr(path, ".so") || strcmp(path, last) == 0)
			continue;
		buf_put_str(&b->part, path);
		(void)snprintf(last, sizeof(last), "%s", path);
	}
	if (maps)
		(void)fclose(maps);
}

static void
versions_add(struct bundle *b)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format_rfc3339((struct wall){b->now_s * 1000}, time);
	buf_printf(&b->part, "tiendo %s\ngathered %s\ncompiler %s\n\n",
	           TIENDO_VERSION, time, __VERSION__);
	put_libraries(b);
	part_end(b, "versions.txt");
}

static void
put_limits(struct bundle *b)
{
	static const struct {
		const char *name;
		int resource;
	} limits[] = {{"open files", RLIMIT_NOFILE},
	              {"address space", RLIMIT_AS},
	              {"file size", RLIMIT_FSIZE},
	              {"locked memory", RLIMIT_MEMLOCK},
	              {"processes", (int)RLIMIT_NPROC}};
	struct rlimit r;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (getrlimit((__rlimit_resource_t)limits[i].resource, &r) != 0)
			continue;
		buf_printf(&b->part, "limit %s: ", limits[i].name);
		if (r.rlim_cur == RLIM_INFINITY)
			buf_put_str(&b->part, "none\n");
		else
			buf_printf(&b->part, "%" PRIu64 "\n",
			           (uint64_t)r.rlim_cur);
	}
}

static void
system_add(struct bundle *b)
{
	struct utsname u;
	struct statvfs disk;

	if (uname(&u) == 0)
		buf_printf(&b->part, "%s %s %s %s\n", u.sysname, u.release,
		           u.version, u.machine);
	buf_printf(&b->part, "processors %ld, pages %ld of %ld bytes\n",
	           sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_PHYS_PAGES),
	           sysconf(_SC_PAGESIZE));
	put_limits(b);
	if (statvfs(b->ctl->data.text, &disk) == 0)
		buf_printf(&b->part,
		           "disk of the data: %" PRIu64 " of %" PRIu64
		           " bytes free, %" PRIu64 " of %" PRIu64 " files\n",
		           (uint64_t)disk.f_bavail * disk.f_frsize,
		           (uint64_t)disk.f_blocks * disk.f_frsize,
		           (uint64_t)disk.f_favail, (uint64_t)disk.f_files);
	put_file(b, "/etc/os-release");
	put_file(b, "/proc/loadavg");
	put_file(b, "/proc/meminfo");
	part_end(b, "system.txt");
}

static void
put_folder(struct bundle *b, const char *path, const char *name)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char time[CLOCK_TEXT_SIZE];
	struct stat st;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	while (dir && (entry = readdir(dir)) != NULL) {
		if (fstatat(dirfd(dir), entry->d_name, &st,
		            AT_SYMLINK_NOFOLLOW) != 0 ||
		    S_ISDIR(st.st_mode))
			continue;
		clock_format_rfc3339((struct wall){st.st_mtime * 1000}, time);
		buf_printf(&b->part, "%12" PRId64 " %04o %s %s/%s\n",
		           (int64_t)st.st_size, (unsigned)st.st_mode & 07777U,
		           time, name, entry->d_name);
	}
	if (dir)
		(void)closedir(dir);
	else
		buf_printf(&b->part, "none: %s\n", name);
}

static void
files_add(struct bundle *b)
{
	static const char *const folders[] = {"ingest", "aggregate", "alert",
	                                      "run"};
	struct path path;

	buf_put_str(&b->part, "bytes, mode, changed, name\n");
	put_folder(b, b->ctl->data.text, ".");
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (path_service(&b->ctl->data, folders[i], &path) == ERR_OK)
			put_folder(b, path.text, folders[i]);
	part_end(b, "files.txt");
}

/* --- the services ------------------------------------------------------------------ */

static void
stats_add(struct bundle *b)
{
	struct stats_view view;

	stats_ask(b->ctl, ANSWER_MS, &view);
	for (int i = 0; i < CTL_SERVICES; i++)
		stats_json(&view, (enum ctl_service)i, &b->part);
	for (int i = 0; i < CTL_SERVICES; i++)
		b->admin_ports[i] =
		    stats_detail(&view.states.of[i], "admin_port");
	stats_fini(&view);
	part_end(b, "stats.json");
}

/* kind and rows: how many, not which. */
static enum err
put_counts(struct bundle *b, struct client *client)
{
	struct client_query query = {.what = "catalogue"};
	struct client_rows rows;
	struct wire_list pairs;
	enum err err = client_query(client, &query, &rows);

	if (err == ERR_OK)
		buf_printf(&b->part, "{\"version\":%" PRIu64 "}\n",
		           rows.page.catalogue);
	while (err == ERR_OK) {
		err = client_rows_next(&rows, &pairs);
		if (err == ERR_OK)
			output_json(&b->part, pairs);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
catalogue_add(struct bundle *b)
{
	struct client *client = NULL;
	enum err err = ctl_connect(b->ctl, CTL_INGEST, &client);

	if (err == ERR_OK) {
		client_timeout(client, ANSWER_MS);
		err = put_counts(b, client);
	}
	if (err != ERR_OK)
		buf_printf(&b->part, "{\"none\":\"%s\"}\n", err_name(err));
	client_free(&client);
	part_end(b, "catalogue.json");
}

/* --- configuration and metrics ------------------------------------------------------ */

/* The value of `admin: "..."`; "" if there is none. */
static void
admin_find(struct buf *config, char out[PATHS_MAX])
{
	static const char mark[] = "\nadmin: \"";
	const char *text = buf_cstr(config);
	const char *at = text ? strstr(text, mark) : NULL;

	out[0] = '\0';
	if (at) {
		at += sizeof(mark) - 1;
		(void)snprintf(out, PATHS_MAX, "%.*s", (int)strcspn(at, "\""),
		               at);
	}
}

/* Where the configuration says; where that isn't how the daemon was started, on this
 * machine where it says itself. */
static void
metrics_add(struct bundle *b, enum ctl_service service, const char *admin)
{
	const struct clock *clock = &b->ctl->clock;
	int64_t port = b->admin_ports[service];
	char name[TAR_NAME_MAX];
	enum err err = ERR_UNAVAILABLE;

	if (admin[0] != '\0')
		err = ask_http(clock, admin, "/metrics", &b->part);
	if (err != ERR_OK && port > 0) {
		(void)snprintf(name, sizeof(name), "127.0.0.1:%" PRId64, port);
		buf_reset(&b->part);
		err = ask_http(clock, name, "/metrics", &b->part);
	}
	if (err != ERR_OK) {
		buf_reset(&b->part);
		buf_printf(&b->part, "# none: %s\n", err_text(err));
	}
	(void)snprintf(name, sizeof(name), "metrics/%s.txt",
	               ctl_service_name(service));
	part_end(b, name);
}

/* What the daemon beside our own binary would start with. */
static enum err
config_read(const struct bundle *b, enum ctl_service service, struct buf *out)
{
	char program[PATHS_MAX];
	char data[PATHS_MAX];
	char print[] = "--print-config";
	char flag[] = "--data";
	char *argv[] = {program, print, flag, data, NULL};
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 32);

	if (n <= 0)
		return ERR_IO;
	while (n > 0 && program[n - 1] != '/')
		n--;
	(void)snprintf(program + n, sizeof(program) - (size_t)n, "tiendo-%s",
	               ctl_service_name(service));
	(void)snprintf(data, sizeof(data), "%s", b->ctl->data.text);
	return ask_program(&b->ctl->clock, argv, b->ctl->envp, out);
}

static void
service_add(struct bundle *b, enum ctl_service service)
{
	char name[TAR_NAME_MAX];
	char admin[PATHS_MAX];
	struct buf config;
	enum err err;

	buf_init(&config, BUNDLE_PART_MAX);
	err = config_read(b, service, &config);
	if (err == ERR_OK)
		redact(buf_span(&config), &b->part);
	else
		buf_printf(&b->part, "none: %s\n", err_text(err));
	(void)snprintf(name, sizeof(name), "config/%s.txt",
	               ctl_service_name(service));
	part_end(b, name);
	admin_find(&config, admin);
	metrics_add(b, service, admin);
	buf_fini(&config);
}

enum err
bundle_make(const struct ctl *ctl, struct buf *out)
{
	struct bundle b = {.ctl = ctl,
	                   .now_s = clock_wall_now(&ctl->clock).ms / 1000};
	enum err err;

	buf_init(&b.tar, BUNDLE_BYTES_MAX);
	buf_init(&b.part, BUNDLE_PART_MAX);
	buf_put_str(&b.part, contents);
	part_end(&b, "README.txt");
	versions_add(&b);
	system_add(&b);
	stats_add(&b);
	catalogue_add(&b);
	files_add(&b);
	for (int i = 0; i < CTL_SERVICES; i++)
		service_add(&b, (enum ctl_service)i);
	tar_end(&b.tar);
	err = buf_err(&b.tar);
	if (err == ERR_OK)
		err = tar_gzip(buf_span(&b.tar), out);
	buf_fini(&b.part);
	buf_fini(&b.tar);
	return err;
}
