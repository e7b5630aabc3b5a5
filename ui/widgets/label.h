// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/measure.h"

#include <QLabel>

namespace kernelyard {

enum class Tone { Text, Muted, Faint, Accent };

/// One line of text in a role and tone of the theme. Where the room is short it elides (paths in the middle) and shows
/// the whole text as tooltip.
class Label : public QLabel
{
    Q_OBJECT

public:
    explicit Label(const QString &text = {}, Type type = Type::Body, Tone tone = Tone::Text, QWidget *parent = nullptr);

    void setTone(Tone tone);
    void setElideMode(Qt::TextElideMode mode);

    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    Qt::TextElideMode m_elide = Qt::ElideRight;
};

} // namespace kernelyard
