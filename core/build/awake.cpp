// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/build/awake.h"

using namespace Qt::StringLiterals;

namespace kernelyard {

void Awake::start(BuildId id)
{
    m_child.start(RunnerChild::besideThisProgram(), {u"stay-awake"_s, id.display()});
}

} // namespace kernelyard
