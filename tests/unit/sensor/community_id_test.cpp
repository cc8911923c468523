#include "sensor/alert/community_id.h"

#include <gtest/gtest.h>

namespace glacis::sensor {
namespace {

// As decode keys a packet: the smaller (address, port) stands first.
FlowKey key_of(IpAddress source, uint16_t source_port, IpAddress destination, uint16_t destination_port,
               uint8_t protocol) {
  FlowKey key;
  const bool low = std::tie(source, source_port) < std::tie(destination, destination_port);
  key.low = low ? source : destination;
  key.high = low ? destination : source;
  key.low_port = low ? source_port : destination_port;
  key.high_port = low ? destination_port : source_port;
  key.protocol = protocol;
  key.ip_version = 4;
  return key;
}

// The specification's own vectors, seed 0.
TEST(CommunityId, GivesTheSpecificationsTcpVectorFromBothSides) {
  const FlowKey key = key_of(IpAddress::v4(128, 232, 110, 120), 34855, IpAddress::v4(66, 35, 250, 204), 80, 6);
  EXPECT_EQ(community_id(key, KeyInitiator::kHigh), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  EXPECT_EQ(community_id(key, KeyInitiator::kLow), "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

TEST(CommunityId, GivesTheSpecificationsUdpVector) {
  const FlowKey key = key_of(IpAddress::v4(192, 168, 1, 52), 54585, IpAddress::v4(8, 8, 8, 8), 53, 17);
  EXPECT_EQ(community_id(key, KeyInitiator::kHigh), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
}

TEST(CommunityId, MapsTheTypesOfATwoWayIcmpExchange) {
  const FlowKey key = key_of(IpAddress::v4(192, 168, 0, 89), 8, IpAddress::v4(192, 168, 0, 1), 0, 1);
  EXPECT_EQ(community_id(key, KeyInitiator::kHigh), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
}

TEST(CommunityId, LeavesOutPortsWhereThereAreNone) {
  const FlowKey key = key_of(IpAddress::v4(10, 1, 12, 1), 0, IpAddress::v4(10, 1, 12, 2), 0, 46);
  EXPECT_EQ(community_id(key, KeyInitiator::kLow), "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=");
}

TEST(CommunityId, KeepsTheOrderOfAOneWayIcmpType) {
  const FlowKey key = key_of(IpAddress::v4(192, 168, 0, 89), 20, IpAddress::v4(192, 168, 0, 1), 0, 1);
  EXPECT_NE(community_id(key, KeyInitiator::kHigh), community_id(key, KeyInitiator::kLow));
}

}  // namespace
}  // namespace glacis::sensor
