#!/bin/sh
# Writes the catalogue of the load tests anew: 1 nation, 4 provinces, 40
# communes, a ratio by year and ten sums by quarter; all of it invented.
set -eu
cd "$(dirname "$0")"

{
	echo unit,code,name,name_en,type,level,valid_from,valid_to
	echo land,,Đất,Land,,nation,,
	for p in 1 2 3 4; do echo "p$p,0$p,Tỉnh $p,Province $p,tỉnh,province,,"; done
	for c in $(seq 10 49); do echo "c$c,000$c,Xã $c,Commune $c,xã,commune,,"; done
} >units.csv
echo 'map,name,name_en,root,kind,valid_from,valid_to
m,Địa giới,Borders,land,territory,,' >maps.csv
{
	echo map,unit,parent,weight,valid_from,valid_to
	for p in 1 2 3 4; do echo "m,p$p,land,,,"; done
	for c in $(seq 10 49); do echo "m,c$c,p$((c / 10)),,,"; done
} >membership.csv
cat >indicators.csv <<'C'
indicator,definition,name,name_en,unit_measure,decimals,factor,direction,scope,counted,of,change_of,change,units,place,time,accumulation,frequency,min,max,tolerance,min_denominator,jump,criterion,valid_from,valid_to
water,,Nước sạch,Clean water,percent,1,100,up,all,households,,,,,ratio,last,none,A,0,100,,,,,,
C
for r in 0 1 2 3 4 5 6 7 8 9; do
	echo "roads$r,,Đường $r,Roads $r,km,1,,up,,,,,,,sum,sum,none,Q,0,,,,,,,"
done >>indicators.csv
echo 'source,name,under,map,indicators,max_status,default_status,rank,reports
office,Office,,,*,A,A,1,yes
gso,Statistics,,,*,A,A,2,no' >sources.csv
echo 'indicator,level_or_unit,map,due_days,grace_days,coverage_floor,valid_from,valid_to
water,commune,m,30,15,0.5,,' >reporting.csv
echo 'document,number,date,released,issuer,title,as_printed,cited_in,url
plan,1,2000,,Land,Plan,,,' >documents.csv
cat >programmes/water.yaml <<'Y'
programme: water
name: {vi: "Nước sạch", en: "Clean water"}
period: {from: 2000, to: 2025}
targets:
- target: most
  text: "95%"
  document: plan
  in_force_from: 2000
  indicator: water
  units: [p1, p2, p3, p4]
  kind: level
  at_least: "95.0"
  base: {period: 2000, value: series}
  due: 2025
  margin: "0.5"
Y
