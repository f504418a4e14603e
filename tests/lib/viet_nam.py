"""Viet Nam's communes before and after 1 July 2025, and what their figures add up
to: a country read from three files or made from a seed, its catalogue, its
figures, and every roll-up and coverage worked out by the rules of
proto/SEMANTICS.md 4 in fractions, from nothing but the lists made here.
"""

import csv
import datetime
import functools
import os
import random
from collections import defaultdict
from fractions import Fraction

SEED = 20250701
REFORM = datetime.date(2025, 7, 1)
BEFORE = datetime.date(2025, 6, 30)
OLD, NEW = "2021", "2025"
ONE = 1000000
MIXED_WHEN_MADE = [(2, 3), (10, 11), (20, 21), (30, 31), (40, 41, 42)]


class Country:
    """provinces: old and new, code -> name; successor: old code -> new code;
    old, new: communes, id -> (code, name, type, province code);
    parts: (old id, new id), divided communes have several."""

    def __init__(self):
        self.old_provinces, self.new_provinces = {}, {}
        self.successor, self.old, self.new = {}, {}, {}
        self.parts = []

    def finish(self):
        self.into, self.of = defaultdict(list), defaultdict(list)
        for old, new in sorted(set(self.parts)):
            self.into[old].append(new)
            self.of[new].append(old)
        self.divided = [u for u in self.old if len(self.into[u]) > 1]
        self.mixed = [u for u in self.new if len(self.sources(u)) > 1]
        self.derived = {p for u in self.mixed for p in self.sources(u)}
        before = defaultdict(list)
        for old, new in self.successor.items():
            before[new].append(old)
        self.same = {c for c, old in before.items() if old == [c]}
        return self

    def sources(self, new):
        """Old provinces that a new commune lies in, each with how many of its
        communes."""
        found = defaultdict(int)
        for old in self.of[new]:
            found[self.old[old][3]] += 1
        return found

    def old_province(self, code):
        return ("p" if code in self.same else "o") + code

    def new_province(self, code):
        return ("p" if code in self.same else "n") + code


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def read(new_path, old_path, map_path):
    c = Country()
    districts = {}
    for r in rows(old_path):
        # an island district without communes has its own figures
        unit = "x" + r["code"] if r["code"] else "d" + r["district_code"]
        if not r["code"]:
            districts[r["district"]] = unit
        c.old[unit] = (r["code"], r["name"] or r["district"],
                       r["type"] or "Huyện", r["province_code"])
        c.old_provinces[r["province_code"]] = r["province"]
    for r in rows(new_path):
        c.new["c" + r["code"]] = (r["code"], r["name"], r["type"],
                                  r["province_code"])
        c.new_provinces[r["province_code"]] = r["province"]
    for r in rows(map_path):
        old = "x" + r["old_code"] if r["old_code"] else \
            districts[r["old_district"]]
        c.parts.append((old, "c" + r["new_code"]))
        c.successor[r["old_province_code"]] = r["new_province_code"]
    return c.finish()


def groups(rng):
    """63 old provinces as 34: 11 stay, 17 times two and 6 times three join."""
    joined = [list(ring) for ring in MIXED_WHEN_MADE]
    taken = {p for ring in joined for p in ring}
    free = [p for p in range(63) if p not in taken]
    rng.shuffle(free)
    while len(joined) < 34:
        size = 2 if len(joined) < 18 else 3 if len(joined) < 23 else 1
        joined.append([free.pop() for _ in range(size)])
    return joined


def make(rng):
    """The same shape: 63 provinces to 34, 10,035 communes and 5 islands to 3,321,
    471 of them divided; 23 new communes lie in two of 11 old provinces."""
    c = Country()
    for ring in groups(rng):
        for p in ring:
            c.successor["%02d" % p] = "%02d" % ring[0]
    for old, new in c.successor.items():
        c.old_provinces[old] = "Tỉnh " + old
        c.new_provinces[new] = "Tỉnh mới " + new
    into = {}
    for p in range(63):
        code = "%02d" % p
        n_old, n_new = 159 + (p < 18), 52 + (p < 45)
        for i in range(n_new):
            id = "%02d%03d" % (p, i)
            c.new["c" + id] = (id, "Xã mới " + id, "Xã", c.successor[code])
        for i in range(n_old):
            id = "%02d%03d" % (p, i)
            c.old["x" + id] = (id, "Xã " + id, "Xã", code)
            into["x" + id] = ["c%02d%03d" % (p, i * n_new // n_old)]
        if p >= 58:
            c.old["d3%02d" % p] = ("", "Huyện đảo " + code, "Huyện", code)
            into["d3%02d" % p] = ["c%02d000" % p]
    for i in range(471):
        p, k = i % 63, i // 63
        into["x%02d%03d" % (p, 60 + k * 9)].append("c%02d%03d" % (p, k))
    pairs = [p for ring in MIXED_WHEN_MADE for p in zip(ring, ring[1:])]
    for i in range(23):
        one, other = pairs[i % len(pairs)]
        k = i // len(pairs)
        into["x%02d%03d" % (one, k * 3)] = ["c%02d%03d" % (other, 30 + k)]
    c.parts = [(old, new) for old, news in into.items() for new in news]
    return c.finish()


def country():
    """Of the files that the environment names, or made; and whether read."""
    files = [os.environ.get("TIENDO_TEST_" + name, "") for name in
             ("COMMUNES", "COMMUNES_OLD", "COMMUNE_MAP")]
    if all(os.path.exists(f) for f in files):
        return read(*files), True
    return make(random.Random(SEED)), False


# --- catalogue ---------------------------------------------------------------

def apportion(parts):
    """Millionths in proportion to whole numbers, together one million."""
    total, cut, weights = sum(parts), 0, []
    for i in range(len(parts)):
        upto = ONE * sum(parts[:i + 1]) // total
        weights.append(upto - cut)
        cut = upto
    return weights


def regions(provinces):
    """Six, of each map its own, in order of codes; they are made up."""
    return {code: i * 6 // len(provinces) + 1
            for i, code in enumerate(sorted(provinces))}


class Member:
    def __init__(self, parent, weight=ONE, first=None, last=None):
        self.parent, self.weight = parent, weight
        self.share = 1 if weight == ONE else Fraction(weight, ONE)
        self.first, self.last = first, last

    def holds(self, day):
        return ((self.first is None or self.first <= day) and
                (self.last is None or day <= self.last))


def memberships(c, rng, without=None):
    """(map, unit) -> [Member]; `without`: a new commune left out of the old map."""
    m = defaultdict(list)
    for i in range(1, 7):
        m[OLD, "ro%d" % i] = [Member("vn")]
        m[NEW, "rn%d" % i] = [Member("vn")]
    for code, i in regions(c.old_provinces).items():
        m[OLD, c.old_province(code)] = [Member("ro%d" % i)]
    for code, i in regions(c.new_provinces).items():
        m[NEW, c.new_province(code)] = [Member("rn%d" % i)]
    for unit, (_, _, _, code) in c.old.items():
        m[OLD, unit] = [Member(c.old_province(code), last=BEFORE)]
        weights = apportion([rng.randrange(1, 1000) for _ in c.into[unit]])
        # open: what they reported goes on counting, in a sum over 2025 too
        m[NEW, unit] = [Member(new, weight)
                        for new, weight in zip(c.into[unit], weights)]
    for unit, (_, _, _, code) in c.new.items():
        m[NEW, unit] = [Member(c.new_province(code))]
        lies_in = sorted(c.sources(unit).items())
        weights = apportion([n for _, n in lies_in])
        if unit != without:
            m[OLD, unit] = [Member(c.old_province(p), w, first=REFORM)
                            for (p, _), w in zip(lies_in, weights)]
    return m


INDICATORS = """\
indicator,definition,name,name_en,unit_measure,decimals,factor,direction,scope,\
counted,of,change_of,change,units,place,time,accumulation,frequency,min,max,\
tolerance,min_denominator,jump,criterion,valid_from,valid_to
hh,,Số hộ,Households,households,0,,none,all,households,,,,,sum,last,none,A,0,,\
,,,,,
poor,,Tỷ lệ hộ nghèo,Poor households,percent,2,100,down,all,households,,,,,\
ratio,last,none,A,0,100,,,,,,
roads,,Đường mới,New roads,km,1,,up,,,,,,,sum,sum,none,Q,0,,,,,,,
"""


def write(folder, name, header, lines):
    with open(os.path.join(folder, name), "w", encoding="utf-8",
              newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows(lines)


def units(c):
    yield "vn", "", "Việt Nam", "Viet Nam", "", "nation", "", ""
    for i in range(1, 7):
        yield ("ro%d" % i, "", "Vùng cũ %d" % i, "Old region %d" % i, "vùng",
               "region", "", "")
        yield ("rn%d" % i, "", "Vùng mới %d" % i, "New region %d" % i, "vùng",
               "region", "", "")
    for code, name in sorted(c.old_provinces.items()):
        last = "" if code in c.same else BEFORE
        yield (c.old_province(code), code, name, "", "tỉnh", "province", "",
               last)
    for code, name in sorted(c.new_provinces.items()):
        if code not in c.same:
            yield (c.new_province(code), code, name, "", "tỉnh", "province",
                   REFORM, "")
    for unit, (code, name, kind, _) in sorted(c.old.items()):
        yield unit, code, name, "", kind, "commune", "", BEFORE
    for unit, (code, name, kind, _) in sorted(c.new.items()):
        yield unit, code, name, "", kind, "commune", REFORM, ""


def write_catalogue(folder, c, members):
    os.makedirs(os.path.join(folder, "programmes"), exist_ok=True)
    write(folder, "units.csv",
          "unit,code,name,name_en,type,level,valid_from,valid_to", units(c))
    write(folder, "maps.csv",
          "map,name,name_en,root,kind,valid_from,valid_to",
          [(OLD, "Địa giới 2021", "Borders of 2021", "vn", "territory", "",
            BEFORE),
           (NEW, "Địa giới 2025", "Borders of 2025", "vn", "territory",
            REFORM, "")])
    write(folder, "membership.csv", "map,unit,parent,weight,valid_from,valid_to",
          [(key[0], key[1], m.parent, "" if m.weight == ONE else m.weight,
            m.first or "", m.last or "")
           for key, list_ in members.items() for m in list_])
    with open(os.path.join(folder, "indicators.csv"), "w",
              encoding="utf-8") as file:
        file.write(INDICATORS)
    write(folder, "reporting.csv", "indicator,level_or_unit,map,due_days,"
          "grace_days,coverage_floor,valid_from,valid_to",
          [(i, "commune", m, 30, 15, "", "", "")
           for i in ("hh", "poor", "roads") for m in (OLD, NEW)])
    write(folder, "sources.csv", "source,name,under,map,indicators,max_status,"
          "default_status,rank,reports",
          [("office", "Office", "", "", "*", "A", "A", 1, "yes")])
    write(folder, "documents.csv",
          "document,number,date,released,issuer,title,as_printed,cited_in,url",
          [])


# --- figures -----------------------------------------------------------------

@functools.lru_cache(None)
def last_day(period):
    year = int(period[:4])
    months = {"": 12, "S": 6 * int(period[-1]), "Q": 3 * int(period[-1])}
    month = months[period[5:6]]
    return datetime.date(year + month // 12, month % 12 + 1, 1) - \
        datetime.timedelta(1)


PARTS = {
    "2024": ["2024-S1", "2024-S2"],
    "2025": ["2025-S1", "2025-S2"],
    "2024-S1": ["2024-Q1", "2024-Q2"],
    "2024-S2": ["2024-Q3", "2024-Q4"],
    "2025-S1": ["2025-Q1", "2025-Q2"],
    "2025-S2": ["2025-Q3", "2025-Q4"],
}
QUARTERS = ["%d-Q%d" % (y, q) for y in (2024, 2025) for q in (1, 2, 3, 4)]
PERIODS = {"hh": ["2024", "2025"], "poor": ["2024", "2025"],
           "roads": QUARTERS + list(PARTS)}


@functools.lru_cache(None)
def shorter(indicator, period):
    """The periods of an indicator's frequency within a period."""
    if indicator != "roads":
        return [period]
    found = [period]
    while found[0] in PARTS:
        found = [q for p in found for q in PARTS[p]]
    return found


def make_figures(c, rng):
    """(indicator, unit, period) -> (sum, denominator); values as whole numbers of
    the indicator's decimals."""
    figures = {}
    for units_, year, quarters in ((c.old, "2024", QUARTERS[:6]),
                                   (c.new, "2025", QUARTERS[6:])):
        for unit in units_:
            households = rng.randrange(200, 9000)
            poor = rng.randrange(0, households // 4)
            figures["hh", unit, year] = (households, 0)
            figures["poor", unit, year] = (poor, households)
            for quarter in quarters:
                figures["roads", unit, quarter] = (rng.randrange(0, 400), 0)
    return figures


def write_figures(path, figures):
    with open(path, "w", newline="") as file:
        file.write("indicator,unit,period,value,numerator,denominator\n")
        for (indicator, unit, period), (a, b) in figures.items():
            value = {"hh": "%d,," % a, "poor": ",%d,%d" % (a, b),
                     "roads": "%d.%d,," % (a // 10, a % 10)}[indicator]
            file.write("%s,%s,%s,%s\n" % (indicator, unit, period, value))


# --- what they add up to -----------------------------------------------------

class Sum:
    """What comes together: the parts, and of every figure that is divided the
    share that is here."""

    def __init__(self):
        self.sum = self.weight = 0
        self.any = False
        self.shares = {}

    def add(self, other, share=1):
        if not other.any:
            return
        self.any = True
        self.sum += other.sum if share == 1 else other.sum * share
        self.weight += other.weight if share == 1 else other.weight * share
        for key, part in other.shares.items():
            part = self.shares.get(key, 0) + part * share
            self.shares[key] = part

    def derived(self):
        return any(part != 1 for part in self.shares.values())


class Model:
    def __init__(self, c, members, figures):
        self.members, self.figures = members, figures
        self.levels = dict([(u, "old") for u in c.old] +
                           [(u, "new") for u in c.new])
        self.children = defaultdict(list)
        self.split = set()
        for (map_, unit), list_ in members.items():
            for m in list_:
                self.children[map_, m.parent].append((unit, m))
                if m.weight != ONE:
                    self.split.add(unit)
        self.sums, self.above_, self.counts = {}, {}, {}

    # R1
    def contribution(self, indicator, map_, unit, period):
        key = indicator, map_, unit, period
        if key in self.sums:
            return self.sums[key]
        found = Sum()
        own = self.figures.get((indicator, unit, period))
        if own:
            found.any = True
            found.sum, found.weight = own
            if unit in self.split:
                found.shares[unit, period] = 1
        elif self.in_parts(indicator, unit, period):
            for part in PARTS[period]:
                found.add(self.contribution(indicator, map_, unit, part))
        else:
            found = self.rolled(indicator, map_, unit, period)
        self.sums[key] = found
        return found

    def rolled(self, indicator, map_, unit, period):
        found, day = Sum(), last_day(period)
        for child, m in self.children[map_, unit]:
            if m.holds(day):
                found.add(self.contribution(indicator, map_, child, period),
                          m.share)
        return found

    def in_parts(self, indicator, unit, period):
        """Whether a unit itself reported periods within, and not the whole."""
        parts = shorter(indicator, period)
        return parts[0] != period and \
            (indicator, unit, period) not in self.figures and \
            any((indicator, unit, q) in self.figures for q in parts)

    def formed(self, indicator, map_, unit, period):
        """What is told of a unit beside its own figure."""
        if self.in_parts(indicator, unit, period):
            return self.contribution(indicator, map_, unit, period)
        return self.rolled(indicator, map_, unit, period)

    # R4
    def above(self, map_, unit, day):
        """Units above, each with the share of the unit that counts there."""
        key = map_, unit, day
        if key not in self.above_:
            found = defaultdict(int)
            for m in self.members[map_, unit]:
                if m.holds(day):
                    found[m.parent] += m.share
                    for u, part in self.above(map_, m.parent, day).items():
                        found[u] += part * m.share
            self.above_[key] = found
        return self.above_[key]

    def covered(self, indicator, map_, unit, period):
        """Reported, expected, and whether somebody has no place; with the unit
        itself where its own parts are told."""
        counts, homeless = self.coverage(indicator, map_, period)
        reported, expected = counts[unit]
        if self.in_parts(indicator, unit, period):
            own = [q for q in shorter(indicator, period) if
                   (last_day(q) <= BEFORE) == (self.levels[unit] == "old")]
            expected += len(own)
            reported += sum((indicator, unit, q) in self.figures for q in own)
        return reported, expected, homeless

    def coverage(self, indicator, map_, period):
        """unit -> [reported, expected], and whether somebody has no place."""
        key = indicator, map_, period
        if key not in self.counts:
            self.counts[key] = self.count(*key)
        return self.counts[key]

    def count(self, indicator, map_, period):
        counts, homeless = defaultdict(lambda: [0, 0]), False
        for short in shorter(indicator, period):
            day = last_day(short)
            row_map = OLD if day <= BEFORE else NEW
            level = "old" if day <= BEFORE else "new"
            for unit in self.levels:
                if self.levels[unit] != level or \
                        not self.above(row_map, unit, day):
                    continue
                there = self.above(map_, unit, last_day(period))
                lost = not there
                there = there or self.above(map_, unit, day)
                homeless = homeless or not there
                reported = not lost and \
                    (indicator, unit, short) in self.figures
                for u, share in there.items():
                    one, all_ = counts[u]
                    counts[u] = [one + reported * share, all_ + share]
        return counts, homeless


def half_away(number):
    """Of a number that is not below 0."""
    return (2 * number.numerator + number.denominator) // \
        (2 * number.denominator)


def published(indicator, found):
    """As the declared decimals say."""
    if indicator == "hh":
        return "%d" % half_away(found.sum)
    if indicator == "roads":
        n = half_away(found.sum)
        return "%d.%d" % (n // 10, n % 10)
    n = half_away(Fraction(found.sum * 10000) / found.weight)
    return "%d.%02d" % (n // 100, n % 100)
