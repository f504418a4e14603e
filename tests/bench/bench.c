#include "tests/bench/bench.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/bench/workload.h"
#include "tests/lib/tmpdir.h"

#define DISK_WRITES 400
#define DISK_BLOCK  4096

double
bench_seconds(void)
{
	struct clock clock = clock_real();

	return (double)clock_mono_now(&clock).ns / 1e9;
}

_Noreturn void
bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	_exit(1);
}

void
bench_ok(enum err err, const char *what)
{
	if (err != ERR_OK)
		fprintf(stderr, "bench: %s\n", err_name(err));
	bench_must(err == ERR_OK, what);
}

static int
double_compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_quantile(double *samples, size_t n, double share)
{
	if (n == 0)
		return 0;
	qsort(samples, n, sizeof(*samples), double_compare);
	return samples[(size_t)((double)(n - 1) * share)];
}

static void
cpu_model(char *out, size_t out_bytes)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	(void)snprintf(out, out_bytes, "unknown");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		colon[strcspn(colon, "\"\n")] = '\0';
		(void)snprintf(out, out_bytes, "%s", colon + 2);
		break;
	}
	if (file != NULL)
		(void)fclose(file);
}

static void
print_environment(const struct bench_args *args)
{
	struct utsname name;
	char cpu[128];

	bench_must(uname(&name) == 0, "uname");
	cpu_model(cpu, sizeof(cpu));
	printf("{\"bench\":\"environment\",\"cpu\":\"%s\",\"cores\":%ld,"
	       "\"kernel\":\"%s\",\"compiler\":\"%s\",\"commit\":\"%s\"}\n",
	       cpu, sysconf(_SC_NPROCESSORS_ONLN), name.release, __VERSION__,
	       args->commit);
	(void)fflush(stdout);
}

/* What one sync costs, whatever is in it: the floor under every commit. */
void
bench_disk(const struct bench_args *args)
{
	static const uint8_t block[DISK_BLOCK] = {0};
	double samples[DISK_WRITES];
	struct tmpdir dir;
	char path[128];
	int fd;

	(void)args;
	tmpdir_open(&dir);
	fd = open(tmpdir_path(&dir, "sync", path, sizeof(path)),
	          O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bench_must(fd >= 0, path);
	for (size_t i = 0; i < DISK_WRITES; i++) {
		double from = bench_seconds();

		bench_must(write(fd, block, sizeof(block)) == DISK_BLOCK &&
		               fdatasync(fd) == 0,
		           "write");
		samples[i] = bench_seconds() - from;
	}
	(void)close(fd);
	printf("{\"bench\":\"disk\",\"what\":\"write 4096 bytes, fdatasync\","
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
	       bench_quantile(samples, DISK_WRITES, 0.5) * 1e3,
	       bench_quantile(samples, DISK_WRITES, 0.99) * 1e3);
	(void)fflush(stdout);
	tmpdir_close(&dir);
}

static const struct {
	const char *name;
	void (*run)(const struct bench_args *args);
} benches[] = {
    {"disk", bench_disk},         {"codec", bench_codec},
    {"rollup", bench_rollup},     {"journal", bench_journal},
    {"pipeline", bench_pipeline}, {"forms", bench_forms},
    {"alert", bench_alert},
};

#define N_BENCHES (sizeof(benches) / sizeof(benches[0]))

static bool
wanted(const char *name, int argc, char *const *argv)
{
	bool any = false;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
		any = true;
	}
	return !any;
}

static void
names_check(int argc, char *const *argv)
{
	for (int i = 0; i < argc; i++) {
		bool known = false;

		for (size_t b = 0; b < N_BENCHES; b++)
			known = known || strcmp(argv[i], benches[b].name) == 0;
		bench_must(known,
		           "usage: bench [--bin DIR] [--scale N] "
		           "[disk|codec|rollup|journal|pipeline|forms|alert]"
		           "...");
	}
}

static void
option_take(struct bench_args *args, const char *name, const char *value)
{
	unsigned long scale = strtoul(value, NULL, 10);

	if (strcmp(name, "--bin") == 0) {
		args->bin = value;
		return;
	}
	if (strcmp(name, "--commit") == 0) {
		args->commit = value;
		return;
	}
	bench_must(strcmp(name, "--scale") == 0 && scale > 0 &&
	               scale <= WORKLOAD_MONTHS,
	           "--scale: 1 to 60");
	args->n_months = WORKLOAD_MONTHS / (uint32_t)scale;
}

int
main(int argc, char **argv)
{
	struct bench_args args = {
	    .bin = "build/bin", .commit = "", .n_months = WORKLOAD_MONTHS};

	for (argc--, argv++; argc > 1 && argv[0][0] == '-';
	     argc -= 2, argv += 2)
		option_take(&args, argv[0], argv[1]);
	names_check(argc, argv);
	print_environment(&args);
	for (size_t b = 0; b < N_BENCHES; b++) {
		if (wanted(benches[b].name, argc, argv))
			benches[b].run(&args);
	}
	return 0;
}
