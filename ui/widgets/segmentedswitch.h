// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QButtonGroup>

namespace kernelyard {

/// One of a few scopes, side by side. Left and Right move within it; it is one stop for Tab.
class SegmentedSwitch : public QWidget
{
    Q_OBJECT

public:
    explicit SegmentedSwitch(const QString &accessibleName, QWidget *parent = nullptr);

    int addSegment(const QString &text); ///< its index
    void setText(int index, const QString &text);
    int current() const;
    void setCurrent(int index);

Q_SIGNALS:
    void currentChanged(int index);
    void clicked(int index); ///< also of the current one

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QButtonGroup m_group;
};

} // namespace kernelyard
