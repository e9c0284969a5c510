#pragma once

#include <string_view>

#include "bson/document.h"
#include "stream/cluster_time.h"

namespace inlet {

/// The cluster time inside a resume token; zero for a token of another make.
///
/// The token stays opaque otherwise, and is always kept whole: beside `_data` it may carry
/// `_typeBits`. Source: the hexadecimal `_data` begins with 82, the sort key's mark of a timestamp,
/// then seconds and
///         increment, four bytes each, big endian; seen on 4.2 to 8.0.
ClusterTime time_of_token(DocumentView token);

}  // namespace inlet
