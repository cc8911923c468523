#!/usr/bin/env bash
# The whole line in one terminal; `./dev demo` calls it.
#   demo.sh BUILD_DIR          on recorded captures
#   demo.sh BUILD_DIR --live   on real programs in network namespaces (root)
# Ends by itself: 0 when everything that it announces was seen, else 1 with the logs' last lines.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${1:?usage: demo.sh BUILD_DIR [--live]}
BUILD=$(cd "$BUILD" && pwd)
MODE=recorded
case ${2:-} in
  '') ;;
  --live) MODE=live ;;
  *) echo "demo: no option '$2'; there is --live" >&2; exit 2 ;;
esac
cd "$ROOT"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/glacis-demo-XXXXXX")
export GLACIS_CONTROL=unix:$WORK/control.sock
PIDS=()
if [ -t 1 ]; then BOLD=$'\e[1m' DIM=$'\e[2m' PLAIN=$'\e[0m'; else BOLD='' DIM='' PLAIN=''; fi

glacis() { "$BUILD/control/cli/glacis" "$@"; }
chapter() { printf '\n%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }
note() { printf '%s%s%s\n' "$DIM" "$*" "$PLAIN"; }
show() { # what a person would type, then what it prints
  printf '%s$ glacis %s%s\n' "$DIM" "$*" "$PLAIN"
  glacis "$@"
}
give_up() {
  printf '\ndemo: %s\n' "$*" >&2
  for log in "$WORK"/*.log; do
    [ -f "$log" ] || continue
    echo "--- ${log##*/}$([ -s "$log" ] || echo ' is empty')" >&2
    tail -n 15 "$log" >&2
  done
  exit 1
}

# Only what this script started, youngest first.
finish() {
  local code=$? i
  for ((i = ${#PIDS[@]} - 1; i >= 0; --i)); do kill -TERM "${PIDS[i]}" 2>/dev/null || true; done
  for ((i = ${#PIDS[@]} - 1; i >= 0; --i)); do wait "${PIDS[i]}" 2>/dev/null || true; done
  if [ "$MODE" = live ]; then live_down; fi
  rm -rf "$WORK"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

started() { # name, ready file: the program just started has said that it is ready
  local until=$((SECONDS + 60))
  while [ "$SECONDS" -lt "$until" ]; do
    [ -s "$2" ] && return
    kill -0 "${PIDS[-1]}" 2>/dev/null || give_up "$1 ended at once"
    read -rt 0.1 <> <(:) || true
  done
  give_up "$1 is not ready after 60 s"
}

start_control() {
  "$BUILD/control/glacis-control" --state "$WORK/control" --listen "$GLACIS_CONTROL" \
    --ready-file "$WORK/control.ready" >"$WORK/control.log" 2>&1 &
  PIDS+=($!)
  started glacis-control "$WORK/control.ready"
}

sensor_config() { # ports, one flow mapping a line, on stdin
  cat <<YAML
name: core-1
tap: t-core
state: $WORK/sensor
control: {address: "$GLACIS_CONTROL"}
workers: {flows: 65536, mbufs: 16384}
ports:
$(sed 's/^/  - /')
YAML
}

start_sensor() { # words before the program
  "$@" "$BUILD/sensor/glacis-sensor" run --config "$WORK/sensor.yaml" --ready-file "$WORK/sensor.ready" \
    >"$WORK/sensor.log" 2>&1 &
  PIDS+=($!)
  started glacis-sensor "$WORK/sensor.ready"
}

recorded_up() {
  local name
  for name in allowed-day lateral remote-admin; do
    echo "{name: $name, capture: $ROOT/tests/cases/$name/traffic.pcap, loop: true}"
  done | sensor_config >"$WORK/sensor.yaml"
  start_sensor
  note "glacis-sensor core-1 reads three recorded captures again and again, at their own speed, through DPDK mbufs:"
  note "a working day, an intruder who goes around the shop, and somebody administering a server from a workstation."
}

live_up() {
  [ "$(id -u)" -eq 0 ] || give_up '--live makes network namespaces: run it as root'
  PATH=$PATH:/usr/sbin:/sbin
  CASES=$ROOT/tests/cases
  . "$CASES/record/network.sh"
  . "$CASES/record/services.sh"
  . "$CASES/record/plays.sh"
  net_up
  services_up
  echo "{name: tap, interface: $TAP_DEVICE}" | sensor_config >"$WORK/sensor.yaml"
  start_sensor ip netns exec "$NET-wire"
  live_traffic >"$WORK/traffic.log" 2>&1 &
  PIDS+=($!)
  note "glacis-sensor core-1 listens on $TAP_DEVICE, a veth on a wire between eight hosts (network namespaces): nginx and curl,"
  note "PostgreSQL and psql, OpenSSH, dnsmasq and dig are talking; net_af_packet brings their frames to the workers."
}
live_traffic() {
  while :; do
    play_allowed_day || true
    play_lateral || true
    play_remote_admin || true
  done
}
live_down() {
  if [ "$(type -t net_down)" = function ]; then
    services_down
    net_down
  fi
}

await_alerts() { # count, filters...: as a SOC client receives them
  local count=$1
  shift
  printf '%s$ glacis alerts --follow %s%s\n' "$DIM" "$*" "$PLAIN"
  timeout 60 "$BUILD/control/cli/glacis" alerts --follow --count "$count" "$@" ||
    give_up "no $count alerts within a minute"
}

chapter '1  The control plane: models in, policies out, alerts kept'
start_control
note "glacis-control serves $GLACIS_CONTROL, an embedded store in $WORK/control"

chapter '2  A sensor on a tap'
"${MODE}_up"

chapter '3  An architect pushes a threat model'
show push configs/models/web-shop.yaml

chapter '4  The SOC receives what the model forbids, over gRPC'
await_alerts 5

chapter '5  The architect changes the model while packets come'
diff -U0 configs/models/web-shop.yaml configs/models/web-shop-next.yaml | grep '^[-+] ' || true
show push configs/models/web-shop-next.yaml

chapter '6  Alerts of the new rule'
await_alerts 2 --element never/n-lab-ssh

chapter '7  How the sensor is'
show status

chapter 'What to try next'
cat <<'TXT'
  ./dev run glacis check configs/models/web-shop.yaml      what is wrong with a model, and what is not enforced yet
  ./dev run glacis replay tests/cases/lateral/traffic.pcap --model configs/models/web-shop.yaml --eve -
  ./dev demo --live                                        the same on real programs in network namespaces (root)
  ./dev test                                               everything that holds this together
TXT
