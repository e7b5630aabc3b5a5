// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "ui/widgets/card.h"

namespace kernelyard {

/// An environment file that can't be read: file, line and column, what was expected, what to do.
class BrokenCard : public Card
{
    Q_OBJECT

public:
    explicit BrokenCard(const Error &error, QWidget *parent = nullptr);
};

} // namespace kernelyard
