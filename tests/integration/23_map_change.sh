#!/bin/sh
# A map changes beneath 768,000 figures: they are carried up anew in the background.
# Meanwhile every answer is the former one; aggregate is killed with -9 on the way, goes
# on, and ends where an undisturbed run ends, to the last bit of the digest.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${B:-build}" <<'PY'
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join("tests", "lib"))
import viet_nam as vn
from system import System

PROVINCES, COMMUNES, INDICATORS = 8, 320, 40
MONTHS = ["%d-%02d" % (y, m) for y in range(2021, 2026) for m in range(1, 13)]
LONGER = 5 * (4 + 2 + 1)  # quarters, halves, years: the last month is theirs
KILLS, TRIES = 2, 40

tiendo = System(os.path.join(sys.argv[1], "bin"))
check = tiendo.check


def folder(shift):
    """The catalogue; each commune lies `shift` provinces further."""
    path = os.path.join(tiendo.tmp, "shift-%d" % shift)
    os.makedirs(path, exist_ok=True)
    vn.write(path, "units.csv",
             "unit,code,name,name_en,type,level,valid_from,valid_to",
             [("land", "", "Nước", "Land", "", "nation", "", "")] +
             [("p%d" % i, "", "Tỉnh %d" % i, "", "", "province", "", "")
              for i in range(PROVINCES)] +
             [("c%d" % i, "", "Xã %d" % i, "", "", "commune", "", "")
              for i in range(COMMUNES)])
    vn.write(path, "maps.csv", "map,name,name_en,root,kind,valid_from,valid_to",
             [("m", "Địa giới", "Borders", "land", "territory", "", "")])
    vn.write(path, "membership.csv",
             "map,unit,parent,weight,valid_from,valid_to",
             [("m", "p%d" % i, "land", "", "", "") for i in range(PROVINCES)] +
             [("m", "c%d" % i, "p%d" % ((i + shift) % PROVINCES), "", "", "")
              for i in range(COMMUNES)])
    header = vn.INDICATORS.splitlines()[0].split(",")
    common = {"decimals": "0", "direction": "up", "scope": "all",
              "place": "sum", "time": "last", "accumulation": "none",
              "frequency": "M", "unit_measure": "count"}
    vn.write(path, "indicators.csv", ",".join(header),
             [[dict(common, indicator="i%d" % i, name="Số %d" % i,
                    name_en="Number %d" % i).get(h, "") for h in header]
              for i in range(INDICATORS)])
    vn.write(path, "sources.csv", "source,name,under,map,indicators,"
             "max_status,default_status,rank,reports",
             [("office", "Office", "", "", "*", "A", "A", 1, "yes")])
    return path


def value(commune, indicator, month):
    return (commune * 7919 + indicator * 104729 + month * 1299709) % 10007


def figures():
    path = os.path.join(tiendo.tmp, "figures.csv")
    with open(path, "w") as file:
        file.write("indicator,unit,period,value\n")
        for m, month in enumerate(MONTHS):
            file.writelines(
                "i%d,c%d,%s,%d\n" % (i, c, month, value(c, i, m))
                for c in range(COMMUNES) for i in range(INDICATORS))
    return path


def province(shift):
    """What p1 has in the first month."""
    return sum(value(c, 0, 0) for c in range(COMMUNES)
               if (c + shift) % PROVINCES == 1)


QUESTION = {"what": "series", "max": 10, "args": {
    "indicator": "i0", "unit": "p1", "from": MONTHS[0], "to": MONTHS[0]}}


def look(timeout_ms=20000):
    """Commit and value of an answer; None while there is nobody."""
    answer = tiendo.ask("aggregate", "QUERY", QUESTION, timeout_ms)
    return answer and (answer["commit"], answer["rows"][0]["rolled_up"])


def digest():
    rows = tiendo.query("digest", {})
    return rows[0]["rollups"], rows[0]["n_rollups"]


def apply(shift):
    """Applies without waiting for what it means; its commit."""
    code, text = tiendo.run("catalogue", "apply", folder(shift))
    check("the catalogue is taken", code == 0, text)
    return tiendo.ask("ingest", "HEALTH", {})["commit"]


def aggregate():
    with open("/proc/%d/task/%d/children" % ((tiendo.up.pid,) * 2)) as file:
        for pid in file.read().split():
            with open("/proc/%s/cmdline" % pid) as command:
                if "aggregate" in command.read():
                    return int(pid)
    return None


def until_switched(commit, other, shift):
    """Asks on; how many answers were still the former one."""
    former, wrong, seen = 0, [], None
    end = time.monotonic() + 60
    while seen is None or seen[0] < commit:
        assert time.monotonic() < end, "the job does not end"
        seen = look(100)
        if seen and seen[0] < commit:
            former += 1
            wrong += [seen[1]] * (seen[1] != province(other))
    check("until the switch every answer is the former one", not wrong, wrong)
    check("then the new one", seen[1] == province(shift), seen)
    return former


def undisturbed():
    """From 0 to 1: the seconds it takes."""
    commit = apply(1)
    began = time.monotonic()
    former = until_switched(commit, 0, 1)
    seconds = time.monotonic() - began
    tiendo.level()
    print("# %.2f s undisturbed, %d former answers" % (seconds, former))
    check("somebody was answered meanwhile", former > 0)
    return seconds


def killed(shift, other, after):
    """From `other` to `shift` with a kill; whether it fell into the job."""
    commit = apply(shift)
    time.sleep(after)
    pid = aggregate()
    if pid is None:
        return False
    os.kill(pid, signal.SIGKILL)
    tiendo.until("aggregate was reaped", lambda: aggregate() != pid)
    former = until_switched(commit, other, shift)
    tiendo.level()
    return former > 0


def story():
    apply(0)
    code, text = tiendo.run("send", "--source", "office", figures())
    check("all figures are taken", code == 0, text[-300:])
    tiendo.level()
    digests = {0: digest()}
    check("all roll-ups are there", digests[0][1] ==
          (len(MONTHS) + LONGER) * INDICATORS * (PROVINCES + 1), digests[0])
    check("with the sum of the communes", look()[1] == province(0), look())
    seconds = undisturbed()
    digests[1] = digest()
    check("another map, other roll-ups", digests[0] != digests[1])
    fell, shift = 0, 1
    for i in range(TRIES):
        other, shift = shift, 1 - shift
        fell += killed(shift, other, seconds * (i % 4) / 8)
        check("the same digest as without a kill",
              digest() == digests[shift], (digest(), digests))
        if fell == KILLS:
            break
    print("# %d of %d kills fell into the job" % (fell, i + 1))
    check("kills fell into the job", fell == KILLS, fell)
    check("no figure was lost", tiendo.query("digest", {})[0]["n_figures"] ==
          len(MONTHS) * INDICATORS * COMMUNES)
    began = time.monotonic()
    code, text = tiendo.run("verify")
    check("verify finds no difference", code == 0, text)
    print("# %.1f s verify" % (time.monotonic() - began))


tiendo.tell(story)
PY
