#include "tests/lib/formula.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

__extension__ typedef __int128 wide;

struct fraction {
	wide over;
	wide under; /* > 0 */
};

#define DEPTH_MAX 32

struct reader {
	const char *at;
	bool wrong;
	struct fraction values[DEPTH_MAX];
	int n_values;
	char ops[DEPTH_MAX]; /* + - * / ~ (minus sign) ( < (min) > (max) */
	int n_ops;
};

static wide
common(wide a, wide b)
{
	while (b != 0) {
		wide rest = a % b;

		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

static struct fraction
reduced(wide over, wide under)
{
	wide d;

	if (under < 0) {
		over = -over;
		under = -under;
	}
	d = common(over, under);
	return d == 0 ? (struct fraction){0, 1}
	              : (struct fraction){over / d, under / d};
}

static int
compare(struct fraction a, struct fraction b)
{
	wide left = a.over * b.under;
	wide right = b.over * a.under;

	return (left > right) - (left < right);
}

static bool
taken(struct reader *r, const char *token)
{
	size_t n = strlen(token);

	while (*r->at == ' ')
		r->at++;
	if (strncmp(r->at, token, n) != 0)
		return false;
	r->at += n;
	return true;
}

static struct fraction
number(struct reader *r)
{
	struct fraction f = {0, 1};
	bool point = false;

	if (!isdigit((unsigned char)*r->at))
		r->wrong = true;
	for (; isdigit((unsigned char)*r->at) || (!point && *r->at == '.');
	     r->at++) {
		if (*r->at == '.') {
			point = true;
			continue;
		}
		f.over = f.over * 10 + (*r->at - '0');
		f.under *= point ? 10 : 1;
	}
	return reduced(f.over, f.under);
}

static void
push(struct reader *r, struct fraction f)
{
	if (r->n_values < DEPTH_MAX)
		r->values[r->n_values++] = f;
	else
		r->wrong = true;
}

static struct fraction
pop(struct reader *r)
{
	if (r->n_values > 0)
		return r->values[--r->n_values];
	r->wrong = true;
	return (struct fraction){0, 1};
}

static void
push_op(struct reader *r, char op)
{
	if (r->n_ops < DEPTH_MAX)
		r->ops[r->n_ops++] = op;
	else
		r->wrong = true;
}

static struct fraction
applied(struct reader *r, char op, struct fraction a, struct fraction b)
{
	wide sign = op == '-' ? -1 : 1;

	switch (op) {
	case '+':
	case '-':
		return reduced(a.over * b.under + sign * b.over * a.under,
		               a.under * b.under);
	case '*': return reduced(a.over * b.over, a.under * b.under);
	case '/':
		r->wrong |= b.over == 0;
		return reduced(a.over * b.under, a.under * b.over);
	case '<': return compare(a, b) < 0 ? a : b;
	case '>': return compare(a, b) > 0 ? a : b;
	default: r->wrong = true; return a;
	}
}

static void
apply(struct reader *r)
{
	char op = r->ops[--r->n_ops];
	struct fraction b = pop(r);

	if (op == '~') {
		b.over = -b.over;
		push(r, b);
	} else if (op != '(') {
		push(r, applied(r, op, pop(r), b));
	} else {
		push(r, b);
	}
}

static int
rank(char op)
{
	const char *found = strchr("+-*/~", op);
	static const int ranks[] = {1, 1, 2, 2, 3};

	return found ? ranks[found - "+-*/~"] : 0;
}

/* What binds at least as strongly comes first. */
static void
apply_above(struct reader *r, int least)
{
	while (r->n_ops > 0 && rank(r->ops[r->n_ops - 1]) >= least)
		apply(r);
}

/* Signs, brackets and choices before a number. */
static void
read_value(struct reader *r)
{
	static const struct {
		const char *token;
		char op;
	} openers[] = {{"-", '~'}, {"(", '('}, {"min(", '<'}, {"max(", '>'}};
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < 4 && !more; i++) {
			more = taken(r, openers[i].token);
			if (more)
				push_op(r, openers[i].op);
		}
	}
	push(r, number(r));
}

static void
read_closers(struct reader *r)
{
	while (taken(r, ")")) {
		apply_above(r, 1);
		if (r->n_ops == 0)
			r->wrong = true;
		else
			apply(r);
	}
}

/* True if a value has to follow. */
static bool
read_operator(struct reader *r)
{
	static const char *const tokens[] = {"+", "-", "*", "/"};

	read_closers(r);
	if (taken(r, ",")) {
		apply_above(r, 1);
		return true;
	}
	for (int i = 0; i < 4; i++) {
		if (!taken(r, tokens[i]))
			continue;
		apply_above(r, rank(tokens[i][0]));
		push_op(r, tokens[i][0]);
		return true;
	}
	return false;
}

static struct fraction
sum(struct reader *r)
{
	do
		read_value(r);
	while (read_operator(r) && !r->wrong);
	apply_above(r, 1);
	r->wrong |= r->n_ops != 0 || r->n_values != 1;
	r->n_ops = 0;
	return pop(r);
}

static bool
compared(struct reader *r, struct fraction left, bool *truth)
{
	static const struct {
		const char *sign;
		bool less, equal, more;
	} signs[] = {{"<=", true, true, false},
	             {">=", false, true, true},
	             {"<", true, false, false},
	             {">", false, false, true}};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		int c;

		if (!taken(r, signs[i].sign))
			continue;
		c = compare(left, sum(r));
		*truth = c < 0 ? signs[i].less
		               : (c == 0 ? signs[i].equal : signs[i].more);
		return true;
	}
	return false;
}

static bool
same_rounded(struct fraction f, const char *printed)
{
	struct reader r = {.at = printed};
	bool minus = taken(&r, "-");
	const char *point = strchr(printed, '.');
	struct fraction p = number(&r);
	wide scale = 1;
	wide over = f.over < 0 ? -f.over : f.over;
	wide whole;

	for (const char *d = point ? point + 1 : ""; isdigit((unsigned char)*d);
	     d++)
		scale *= 10;
	whole = (over * scale * 2 + f.under) / (f.under * 2);
	if (r.wrong || *r.at != '\0')
		return false;
	return p.over * (scale / p.under) == whole &&
	       (whole == 0 ? !minus : minus == (f.over < 0));
}

bool
formula_is_one(const char *line)
{
	const char *first = strstr(line, " = ");

	return first != NULL && strstr(first + 3, " = ") != NULL;
}

static double
taken_number(struct reader *r)
{
	double sign = taken(r, "-") ? -1 : 1;
	struct fraction f = number(r);

	return sign * (double)f.over / (double)f.under;
}

static double
taken_quotient(struct reader *r)
{
	double over, under;

	r->wrong = !taken(r, "(") || r->wrong;
	over = taken_number(r);
	r->wrong = !taken(r, "/ ") || r->wrong;
	under = taken_number(r);
	r->wrong = !taken(r, ")") || r->wrong;
	return over / under;
}

/* "((22.00 / 30.00) ^ (1 / 5) - 1)" */
static double
taken_growth(struct reader *r)
{
	double ratio, power;

	r->wrong = !taken(r, "(") || r->wrong;
	ratio = taken_quotient(r);
	r->wrong = !taken(r, "^ ") || r->wrong;
	power = taken_quotient(r);
	r->wrong = !taken(r, "- 1)") || r->wrong;
	return pow(ratio, power) - 1;
}

/* Two growths in doubles: to six decimals they are what they are. */
static bool
ratio_holds(const char *line)
{
	struct reader r = {.at = strstr(line, " = ") + 3};
	double sign = taken(&r, "-1 * ") ? -1 : 1;
	double made = taken_growth(&r);
	double asked, printed;

	r.wrong = !taken(&r, "/ ") || r.wrong;
	asked = taken_growth(&r);
	r.wrong = !taken(&r, "= ") || r.wrong;
	printed = taken_number(&r);
	return !r.wrong && *r.at == '\0' &&
	       fabs(sign * made / asked - printed) <
	           0.6e-6 + 1e-9 * fabs(printed);
}

bool
formula_holds(const char *line, const char **why)
{
	struct reader r = {.at = strstr(line, " = ")};
	struct fraction f;
	bool truth, comparison;

	*why = "not a formula";
	if (!formula_is_one(line))
		return false;
	if (strchr(line, '^') != NULL)
		return ratio_holds(line);
	r.at += 3;
	f = sum(&r);
	comparison = compared(&r, f, &truth);
	if (r.wrong || !taken(&r, "= "))
		return false;
	*why = "another result";
	if (comparison)
		return strcmp(r.at, truth ? "true" : "false") == 0;
	return same_rounded(f, r.at);
}
