// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/validation/validationrun.h"
#include "ui/widgets/card.h"

namespace kernelyard {

/// The negative controls in a line: each must have been rejected.
class ControlsStrip : public Card
{
    Q_OBJECT

public:
    explicit ControlsStrip(QWidget *parent = nullptr);

    void setControls(const QList<NegativeControl> &controls);

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Item
    {
        QString name;
        QString worst;
        QString tip;
        bool rejected = true;
        QRect rect;
    };
    void arrange();
    bool allRejected() const;
    QString title() const;
    QString sentence() const;

    qsizetype m_run = 0;
    qsizetype m_passed = 0; ///< of those that were run; each is one too many
    QList<Item> m_items;    ///< one for each name; the least rejected of its cases
};

} // namespace kernelyard
