/*
 * Prints what WIRE.md says of messages, rows and codes, from the tables that the
 * code runs on: spec_dump messages|row|codes. spec.sh compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "proto/schema.h"
#include "proto/wire.h"

static void
print_uint(const struct wire_field *f)
{
	if (f->max == WIRE_UINT_MAX && f->min <= 1)
		printf("%s", f->min == 0 ? "number" : "ordinal");
	else
		printf("%llu..%llu", (unsigned long long)f->min,
		       (unsigned long long)f->max);
}

static void
print_text(const struct wire_field *f)
{
	printf("%s", f->min == 0 ? "text" : "name");
}

static void
print_bytes(const struct wire_field *f)
{
	printf("bstr .size (%llu..%llu)", (unsigned long long)f->min,
	       (unsigned long long)f->max);
}

static void
print_list(const struct wire_field *f, const char *element)
{
	printf("[%llu*%llu %s]", (unsigned long long)f->min,
	       (unsigned long long)f->max, element);
}

static void
print_map(const struct wire_field *f, const char *element)
{
	printf("{ %llu*%llu name => %s }", (unsigned long long)f->min,
	       (unsigned long long)f->max, element);
}

static void
print_kind(const struct wire_field *f)
{
	switch ((enum wire_kind)f->kind) {
	case WIRE_KIND_UINT: print_uint(f); break;
	case WIRE_KIND_BOOL: printf("bool"); break;
	case WIRE_KIND_TEXT: print_text(f); break;
	case WIRE_KIND_BIN: print_bytes(f); break;
	case WIRE_KIND_TEXTS: print_list(f, "text"); break;
	case WIRE_KIND_ROWS: print_list(f, "row"); break;
	case WIRE_KIND_ERRORS: print_list(f, "row-error"); break;
	case WIRE_KIND_ARGS: print_map(f, "text"); break;
	case WIRE_KIND_PAIRS: print_map(f, "value"); break;
	case WIRE_KIND_TABLE: print_list(f, "answer-row"); break;
	case WIRE_KIND_MARKS: print_list(f, "mark"); break;
	case WIRE_KIND_COUNT: exit(EXIT_FAILURE);
	}
}

static int
dump_messages(void)
{
	puts("```cddl");
	for (size_t t = 0; t < WIRE_TYPE_COUNT; t++) {
		const struct wire_schema *s = &wire_schemas[t];

		printf("%s = [1, \"%s\", id, {\n", s->name, s->name);
		for (size_t i = 0; i < s->n_fields; i++) {
			const struct wire_field *f = &s->fields[i];

			printf("\t%s%s: ", f->required ? "" : "? ", f->name);
			print_kind(f);
			puts(",");
		}
		puts("\t* name => any\n}]");
	}
	puts("```");
	return EXIT_SUCCESS;
}

static void
print_position(const struct wire_row_field *f)
{
	static const char *const names[] = {"reference", "decimal"};

	if (f->kind == WIRE_ROW_SMALL)
		printf("0..%u", f->max);
	else
		printf("%s", names[f->kind]);
}

static int
dump_row(void)
{
	puts("```cddl\nrow = [");
	for (size_t i = 0; i < WIRE_ROW_FIELDS; i++) {
		const struct wire_row_field *f = &wire_row_fields[i];

		printf("\t%s%s: ", i < WIRE_ROW_FIELDS_MIN ? "" : "? ",
		       f->name);
		print_position(f);
		puts(f->required ? "," : " / nil,");
	}
	puts("]\n```");
	return EXIT_SUCCESS;
}

/* Codes that only a command line or a process knows. */
static bool
is_local(enum err err)
{
	return err == ERR_OK || err == ERR_USAGE || err == ERR_CONF ||
	       err == ERR_IN_USE || err == ERR_DIFFERS;
}

static int
dump_codes(void)
{
	puts("| code | meaning |\n|---|---|");
	for (int e = 0; e < ERR_COUNT; e++)
		if (!is_local((enum err)e))
			printf("| `%s` | %s |\n", err_name((enum err)e),
			       err_text((enum err)e));
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "messages") == 0)
		return dump_messages();
	if (argc == 2 && strcmp(argv[1], "row") == 0)
		return dump_row();
	if (argc == 2 && strcmp(argv[1], "codes") == 0)
		return dump_codes();
	return EXIT_FAILURE;
}
