#pragma once

namespace inlet::testing {

/// A port of the loopback interface on which nobody listens at this moment.
int free_port();

/// True when somebody accepts connections there.
bool is_port_open(int port);

}  // namespace inlet::testing
