namespace Fleet.Lab;
