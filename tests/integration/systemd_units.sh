#!/usr/bin/env bash
# The units load, and their sandbox is as tight as measured: systemd_units.sh SYSTEMD_DIR
set -euo pipefail
units=$1
command -v systemd-analyze >/dev/null || { echo 'skipped: no systemd-analyze here'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for name in sensor control; do
  # verify asks for the programs: stand-ins where packages would put them
  sed "s#/usr/bin/glacis-#/bin/true \##; s#^\(ExecStart\(Pre\)\?=/bin/true\).*#\1#" \
    "$units/glacis-$name.service" >"$work/glacis-$name.service"
  if said=$(systemd-analyze verify --man=no "$work/glacis-$name.service" 2>&1) && ! grep -q "glacis-$name" <<<"$said"; then
    echo "glacis-$name.service loads"
  else
    echo "glacis-$name.service: $said"
    failed=1
  fi
done
threshold() { # unit, exposure in tenths
  local said
  said=$(systemd-analyze security --offline=true --threshold="$2" --no-pager "$units/$1.service" 2>&1) ||
    { tail -n 3 <<<"$said"; failed=1; return; }
  tail -n 1 <<<"$said"
}
threshold glacis-sensor 22
threshold glacis-control 14
# A planted bad unit must be refused, or the checks above mean nothing.
printf '[Service]\nExecStart=/bin/true\n' >"$work/open.service"
if systemd-analyze security --offline=true --threshold=25 --no-pager "$work/open.service" >/dev/null 2>&1; then
  echo 'a unit without a sandbox passed'
  failed=1
fi
exit $failed
