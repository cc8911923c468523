#!/usr/bin/env bash
# Records tests/cases/*/traffic.pcap anew from real programs in namespaces. Root only.
#   tests/cases/record/record.sh [CASE...]
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CASES=$(dirname "$HERE")
[ "$(id -u)" -eq 0 ] || { echo 'record: needs root, for namespaces' >&2; exit 1; }
for program in ip ethtool nginx psql sshd dnsmasq dig curl tcpdump tshark editcap openssl; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "record: $program is missing" >&2; exit 1; }
done
PATH=$PATH:/usr/sbin
WORK=$(mktemp -d)
. "$HERE/network.sh"
. "$HERE/services.sh"
. "$HERE/plays.sh"

finish() {
  services_down
  net_down
  rm -rf "$WORK"
}
trap finish EXIT

# Runs one scenario with the tap open. tcpdump says when it listens, and is told to end by signal.
record() { # case
  local out=$CASES/$1/traffic.pcap pid try
  mkdir -p "$CASES/$1"
  : >"$WORK/tcpdump.log"
  ip netns exec "$NET-wire" tcpdump -i "$TAP_DEVICE" -U --immediate-mode -Z root -s 0 \
    --time-stamp-precision=nano -w "$WORK/out.pcap" 'not (ip6 and multicast)' 2>>"$WORK/tcpdump.log" &
  pid=$!
  for try in $(seq 200); do
    grep -q 'listening on' "$WORK/tcpdump.log" && break
    read -rt 0.02 <> <(:) || true
  done
  "play_${1//-/_}"
  read -rt 0.3 <> <(:) || true   # the last acknowledgements
  kill -INT "$pid"
  wait "$pid" || true
  mv "$WORK/out.pcap" "$out"
  chmod 644 "$out"
  echo "$1: $(tshark -r "$out" 2>/dev/null | wc -l) packets, $(stat -c %s "$out") bytes"
}

# Cases made of others: the middle of the allowed day, and the intrusion behind tags.
derive_midstream() {
  local from=$CASES/allowed-day/traffic.pcap first last
  first=$(tshark -r "$from" -Y 'tcp.port == 5432 && tcp.len > 0' -T fields -e frame.number 2>/dev/null | sed -n 6p)
  last=$(tshark -r "$from" -T fields -e frame.number 2>/dev/null | tail -n 1)
  mkdir -p "$CASES/midstream"
  editcap -F nsecpcap -r "$from" "$CASES/midstream/traffic.pcap" "$first-$last"
}
derive_vlan() {
  mkdir -p "$CASES/vlan"
  /usr/bin/python3 "$HERE/tag.py" "$CASES/ws-to-db/traffic.pcap" "$CASES/vlan/traffic.pcap"
}

ALL='allowed-day ws-to-db ws-to-db-refused clear-cards clear-cards-fail-luhn lateral remote-admin egress ipv6 midstream vlan'
net_up
services_up
for name in ${*:-$ALL}; do
  case $name in
    midstream|vlan) "derive_$name"; echo "$name: $(stat -c %s "$CASES/$name/traffic.pcap") bytes" ;;
    *) record "$name" ;;
  esac
done
