# The web shop's network, in namespaces: one namespace per host, all on one bridge that floods like a
# hub, so that the tap (one more veth) sees every frame once. Sourced by record.sh and by the live demo.
# Needs root. Everything is named after $NET, and net_down removes exactly that.
NET=${NET:-glacis-$$}
TAP_DEVICE=tap0

# host, IPv4, IPv6, prefix lengths: the zones of configs/models/web-shop.yaml
HOSTS='
ws      10.1.7.3      fd00:1::703  16 48
admin   10.1.7.2      fd00:1::702  16 48
shop    10.2.0.10     fd00:2::10   24 48
orders  10.3.0.5      fd00:3::5    24 48
dns     10.3.0.10     fd00:3::10   24 48
db      10.4.0.5      fd00:4::5    24 48
jump    10.5.0.5      fd00:5::5    24 48
inet    203.0.113.9   2001:db8::9  24 32
'

net_hosts() { awk 'NF {print $1}' <<<"$HOSTS"; }
net_field() { awk -v host="$1" -v field="$2" '$1 == host {print $field}' <<<"$HOSTS"; }
at() { # host command...: runs a command on a host; the process keeps its id through exec
  local host=$1
  shift
  ip netns exec "$NET-$host" "$@"
}

# No offload anywhere: a frame on the tap is a frame as it would be on a cable.
net_plain() { # host device
  at "$1" ethtool -K "$2" tso off gso off gro off tx off rx off >/dev/null 2>&1
  at "$1" ip link set "$2" mtu 1500 up
}

net_add_host() { # host number
  local host=$1 mac
  mac=$(printf '02:00:00:00:00:%02x' "$2")
  ip netns add "$NET-$host"
  ip -n "$NET-wire" link add "to-$host" type veth peer name eth0 netns "$NET-$host"
  ip -n "$NET-wire" link set "to-$host" master bridge
  at "$host" ip link set eth0 address "$mac"
  at "$host" ip link set lo up
  at "$host" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
  net_plain "$host" eth0
  net_plain wire "to-$host"
  at "$host" ip addr add "$(net_field "$host" 2)/$(net_field "$host" 4)" dev eth0
  at "$host" ip addr add "$(net_field "$host" 3)/$(net_field "$host" 5)" dev eth0 nodad
  at "$host" ip route add 0.0.0.0/1 dev eth0
  at "$host" ip route add 128.0.0.0/1 dev eth0
  at "$host" ip -6 route add ::/1 dev eth0
  at "$host" ip -6 route add fd00::/16 dev eth0
}

# Hosts of different zones share a wire here, which routed zones do not: fixed neighbours keep ARP and
# neighbour discovery between zones out of the captures.
net_add_neighbours() {
  local host other number
  for host in $(net_hosts); do
    number=0
    for other in $(net_hosts); do
      number=$((number + 1))
      [ "$host" != "$other" ] || continue
      at "$host" ip neigh replace "$(net_field "$other" 2)" dev eth0 nud permanent \
        lladdr "$(printf '02:00:00:00:00:%02x' $number)"
      at "$host" ip neigh replace "$(net_field "$other" 3)" dev eth0 nud permanent \
        lladdr "$(printf '02:00:00:00:00:%02x' $number)"
    done
  done
}

net_up() {
  local host number=0
  ip netns add "$NET-wire"
  at wire sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  ip -n "$NET-wire" link add bridge type bridge ageing_time 0 stp_state 0 mcast_snooping 0
  ip -n "$NET-wire" link set bridge up
  ip -n "$NET-wire" link add to-tap type veth peer name "$TAP_DEVICE"
  ip -n "$NET-wire" link set to-tap master bridge
  net_plain wire to-tap
  net_plain wire "$TAP_DEVICE"
  at wire ip link set "$TAP_DEVICE" promisc on
  for host in $(net_hosts); do
    number=$((number + 1))
    net_add_host "$host" $number
  done
  net_add_neighbours
}

net_down() {
  local host
  for host in $(net_hosts) wire; do
    ip netns del "$NET-$host" 2>/dev/null || true
  done
}
