// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace kernelyard {

/// Chooses one of a few, in the header of a page or card; hidden while there is nothing to choose from.
class ChoiceBox : public QComboBox
{
    Q_OBJECT

public:
    struct Choice
    {
        QString text;
        QVariant value;
    };

    explicit ChoiceBox(const QString &accessibleName, QWidget *parent = nullptr);

    /// Replaces what there is without a signal. \a chosen is current then, or the first where it is not among them.
    void setChoices(const QList<Choice> &choices, const QVariant &chosen);
    /// Each its own value; what was current stays so.
    void setChoices(const QStringList &texts);
};

} // namespace kernelyard
