// SPDX-License-Identifier: GPL-3.0-or-later
// The yardstick of bench_window: a program that shows an empty QMainWindow.
#include <QApplication>
#include <QMainWindow>

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QMainWindow window;
    window.resize(1280, 800);
    window.show();
    return QApplication::exec();
}
